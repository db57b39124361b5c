import { isIP, isIPv6 } from "node:net";
import type { ChannelCredentials, Client, ClientOptions } from "@grpc/grpc-js";
import type { CheckOf } from "../catalog/check.ts";
import { authority, type Endpoint, endpointProbe, type Finding } from "./probe.ts";

type Grpc = typeof import("@grpc/grpc-js");

const METHOD = "/grpc.health.v1.Health/Check";
/** HealthCheckResponse.ServingStatus */
const STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const SERVING = STATUSES.indexOf("SERVING");

/** Asks grpc.health.v1 how a service is: SERVING passes. */
export const probeGrpc = endpointProbe<CheckOf<"grpc">>(async (at, check, signal) => {
  // A second library of HTTP: only who has such a check pays for loading it.
  const grpc = await import("@grpc/grpc-js");
  signal.throwIfAborted();
  const client = new grpc.Client(uriOf(at), credentialsOf(grpc, check), channelOptions(check));
  try {
    return await ask(grpc, client, check, signal);
  } finally {
    client.close();
  }
});

function ask(grpc: Grpc, client: Client, { service = "" }: CheckOf<"grpc">, signal: AbortSignal): Promise<Finding> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(METHOD, encodeRequest, decodeStatus, service, (error, status) => {
      if (error === null) resolve(judge(status!));
      else if (error.code === grpc.status.UNAVAILABLE) reject(connectFailure(error.details));
      else resolve({ kind: "failing", output: `${grpc.status[error.code]}: ${error.details}` });
    });
    const cancel = () => {
      call.cancel();
      reject(signal.reason);
    };
    signal.addEventListener("abort", cancel, { once: true });
  });
}

function judge(status: number): Finding {
  return { kind: status === SERVING ? "passing" : "failing", output: STATUSES[status] ?? `status ${status}` };
}

function uriOf({ host, port }: Endpoint): string {
  return isIP(host) === 0 ? `dns:${host}:${port}` : `ipv${isIPv6(host) ? 6 : 4}:${authority(host, port)}`;
}

function credentialsOf({ credentials }: Grpc, { tls }: CheckOf<"grpc">): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { ca, key, certificate, skipVerify = false } = tls;
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(pem(ca), pem(key), pem(certificate), { rejectUnauthorized: !skipVerify });
}

function channelOptions({ tls }: CheckOf<"grpc">): ClientOptions {
  return {
    // A connection for each probe: an instance that takes no new one must not look well over an old one.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_http_proxy": 0,
    "grpc.enable_retries": 0,
    "grpc.enable_channelz": 0,
    "grpc.service_config_disable_resolution": 1,
    ...(tls?.serverName !== undefined && { "grpc.ssl_target_name_override": tls.serverName }),
  };
}

/** What kept the connection from being made, without the library's talk around it; its code is only in its words. */
function connectFailure(details: string): Error {
  const message = details.replace(/^No connection established\. Last error: (Error: )?|\. Resolution note:.*$/g, "");
  return Object.assign(new Error(message), { code: /\bE[A-Z]{4,}\b/.exec(message)?.[0] });
}

/** HealthCheckRequest: field 1, text. */
function encodeRequest(service: string): Buffer {
  const text = Buffer.from(service);
  // Its length is at most 255 octets: a varint of one or two.
  const length = text.length < 128 ? [text.length] : [(text.length & 0x7f) | 0x80, text.length >> 7];
  return text.length === 0 ? text : Buffer.concat([Buffer.of(0x0a, ...length), text]);
}

/** HealthCheckResponse: field 1, an enumeration; 0 when it is left out. */
function decodeStatus(message: Buffer): number {
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}
