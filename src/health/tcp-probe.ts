import { connect } from "node:net";
import { authority, type CheckOf, failureOf, type Probe } from "./probe.ts";

/** Passing when the port takes a connection, which is closed at once. */
export const probeTcp: Probe<CheckOf<"tcp">> = (target, signal) => {
  const { check } = target;
  const host = check.address ?? target.host;
  const port = check.port ?? target.port;
  if (port === undefined)
    return Promise.resolve({ kind: "failing", asked: host, reason: "neither check nor instance names a port" });
  const asked = authority(host, port);
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    socket.once("connect", () => {
      resolve({ kind: "passing", asked, output: "connected", latencyMs: performance.now() - startedMs });
      socket.destroy();
    });
    socket.on("error", (error) => resolve({ kind: "failing", asked, reason: failureOf(error, check, signal) }));
  });
};
