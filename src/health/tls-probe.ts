import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { CheckOf } from "../catalog/check.ts";
import { endpointProbe, type Finding } from "./probe.ts";
import { tlsOptionsOf } from "./tls-options.ts";

const DAY_MS = 86_400_000;

/** Shakes hands, and looks how many days are left to the certificate. */
export const probeTls = endpointProbe<CheckOf<"tls">>(async ({ host, port }, check, signal) => {
  const socket = connect({ host, port, ...tlsOptionsOf(check.tls), ...{ signal } });
  socket.on("error", () => {});
  try {
    await once(socket, "secureConnect");
    return judge(socket, check, Date.now());
  } finally {
    socket.destroy();
  }
});

function judge(socket: TLSSocket, { warningDays, criticalDays = 0 }: CheckOf<"tls">, nowMs: number): Finding {
  const { valid_to: until } = socket.getPeerCertificate();
  const endMs = Date.parse(until);
  const days = Math.floor((endMs - nowMs) / DAY_MS);
  const date = new Date(endMs).toISOString().slice(0, 10);
  const output = `${socket.getProtocol()}, certificate until ${date}: ${days} days left`;
  if (days < criticalDays) return { kind: "failing", output };
  return { kind: warningDays !== undefined && days < warningDays ? "warning" : "passing", output };
}
