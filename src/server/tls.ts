import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { type Carrier, listenStream, type StreamOptions } from "./stream.ts";
import type { Endpoint, Listener, Responder } from "./transport.ts";

/** What a server proves itself with, in PEM. */
export interface Credentials {
  /** The server's own certificate, then those that lead to a known authority. */
  readonly certificate: string;
  readonly key: string;
}

export interface TlsListener extends Listener {
  /** Shows these credentials from the next connection on; those that are open stay. Throws CertificateError. */
  renew(credentials: Credentials): void;
}

/**
 * Answers DNS over TLS (RFC 7858) at an IPv4 or IPv6 address. The handshake is part of the time for the first request.
 * Rejects with ListenError or CertificateError.
 */
export async function listenTls(
  at: Endpoint,
  responder: Responder,
  { certificate, key, ...options }: StreamOptions & Credentials,
): Promise<TlsListener> {
  let secureContext = contextOf({ certificate, key });
  const carrier: Carrier = { protocol: "tls", carry: (socket) => secured(socket, secureContext) };
  const listener = await listenStream(at, responder, carrier, options);
  return {
    ...listener,
    renew(credentials) {
      secureContext = contextOf(credentials);
    },
  };
}

function secured(socket: Socket, secureContext: SecureContext): TLSSocket {
  const carried = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ["dot"] });
  // Comes instead of "error" after the handshake. Unheard, a broken connection would stay until its time is over.
  carried.once("_tlsError", () => carried.destroy());
  return carried;
}

/** A certificate or its key cannot be used; `message` says why, `cause` is the library's error. */
class CertificateError extends Error {
  readonly code = "MUSTER_CERTIFICATE";

  constructor(cause: Error & { readonly reason?: string }) {
    super(`Cannot use the TLS certificate and key as they must fit and be PEM: got ${cause.reason ?? cause.message}`, {
      cause,
    });
    this.name = "CertificateError";
  }
}

function contextOf({ certificate, key }: Credentials): SecureContext {
  try {
    return createSecureContext({
      // As buffers, because an empty text would count as not given.
      cert: Buffer.from(certificate),
      key: Buffer.from(key),
      minVersion: "TLSv1.2", // RFC 9325 §3.1.1
      // A client could have us compute one handshake after the other, and only TLS 1.2 has them.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    });
  } catch (error) {
    throw new CertificateError(error as Error);
  }
}
