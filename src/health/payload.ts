import type { Payload } from "../catalog/check.ts";

/** The octets that a check sends or waits for. */
export function octetsOfPayload(payload: Payload): Buffer {
  return typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload.hex.replaceAll(/\s/g, ""), "hex");
}
