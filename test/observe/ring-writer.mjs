// A thread that puts `count` queries into the ring whose memory it is given, waiting where the ring is full.
import { workerData } from "node:worker_threads";
import { QueryRing } from "../../dist/observe/query-ring.js";

const { memory, count } = workerData;
const ring = new QueryRing(memory);
const query = { client: "::1", port: 1, protocol: "udp", name: "\x01a\0", type: 1, rcode: 0, octets: 0 };
for (let micros = 0; micros < count; micros++) while (!ring.put({ ...query, micros }));
