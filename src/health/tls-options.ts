import type { ConnectionOptions } from "node:tls";
import type { TlsOptions } from "../catalog/check.ts";

/** A check's options in Node's terms. */
export function tlsOptionsOf(options: TlsOptions = {}): ConnectionOptions {
  const { serverName, ca, skipVerify = false, certificate, key } = options;
  return {
    rejectUnauthorized: !skipVerify,
    ...(serverName !== undefined && { servername: serverName }),
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && key !== undefined && { cert: certificate, key }),
  };
}
