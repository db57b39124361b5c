// The real worker, which once it serves dies or hangs of a TXT record that says so, and whose clock is broken.
import { createRequire, syncBuiltinESMExports } from "node:module";

const threads = createRequire(import.meta.url)("node:worker_threads");
const receive = threads.receiveMessageOnPort;
let isServing = false;

threads.receiveMessageOnPort = (port) => {
  const received = receive(port);
  const { kind, part } = received.message;
  if (kind === "serve") isServing = true;
  const texts = isServing && kind === "edit" ? part.texts : [];
  if (texts.includes("\x04exit")) process.exit(7);
  if (texts.includes("\x05throw")) throw new Error("a bug of ours");
  while (texts.includes("\x04hang"));
  return received;
};
syncBuiltinESMExports();
// Asked for where a cookie is answered.
Date.now = () => {
  throw new Error("no clock");
};
await import("../../dist/server/udp-worker.js");
