// The real worker, which dies of a commit to the key "crash".
import { parentPort } from "node:worker_threads";

parentPort.on("message", (requests) => {
  if (requests.some(({ writes }) => writes?.some(({ key }) => key === "crash"))) process.exit(7);
});
await import("../../dist/store/sqlite-worker.js");
