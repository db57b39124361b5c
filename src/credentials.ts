import { readFile } from "node:fs/promises";
import type { Credentials } from "./server/tls.ts";
import type { Settings } from "./settings.ts";

/** Certificate and key as their files hold them now. Undefined where DNS over TLS is not asked for. */
export async function readCredentials({ dns: { tls } }: Settings): Promise<Credentials | undefined> {
  if (tls.listen.length === 0 || tls.certificate === undefined || tls.key === undefined) return undefined;
  return { certificate: await readFile(tls.certificate, "utf8"), key: await readFile(tls.key, "utf8") };
}
