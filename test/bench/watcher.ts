import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";

/** Sees a server as all of its workers answer: through many sockets, which the kernel shares out among them. */
export interface Watcher {
  /** Whether every worker answers A of this name now. */
  isThere(name: string): Promise<boolean>;
  /** Resolves once every worker has answered A of this name, each asked every so many milliseconds. */
  untilThere(name: string, everyMs: number): Promise<void>;
  close(): void;
}

/** With as many, a worker is missed less than once in a thousand runs. */
const SOCKETS_PER_WORKER = 6;
const ANSWER_TIMEOUT_MS = 1000;

export async function openWatcher(port: number, workers: number): Promise<Watcher> {
  const eyes = await Promise.all(
    Array.from({ length: SOCKETS_PER_WORKER * Math.max(workers, 1) }, () => openEye(port)),
  );
  return {
    async isThere(name) {
      return (await Promise.all(eyes.map((eye) => eye.sees(name)))).every(Boolean);
    },
    async untilThere(name, everyMs) {
      const untilSeen = async (eye: Eye) => {
        while (!(await eye.sees(name))) await sleep(everyMs);
      };
      await Promise.all(eyes.map(untilSeen));
    },
    close() {
      for (const eye of eyes) eye.close();
    },
  };
}

interface Eye {
  /** Whether there is an answer with a record. */
  sees(name: string): Promise<boolean>;
  close(): void;
}

async function openEye(port: number): Promise<Eye> {
  const socket = createSocket("udp4");
  const waiting = new Map<number, (isSeen: boolean) => void>();
  let id = 0;
  socket.on("message", (response) => {
    const isSeen = (response[3]! & 15) === 0 && response.readUInt16BE(6) > 0;
    waiting.get(response.readUInt16BE(0))?.(isSeen);
  });
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  return {
    async sees(name) {
      id = (id + 1) & 0xffff;
      const own = id;
      const query = encodeQuery({ id: own, name: parseName(`${name}.`), type: TYPE.A });
      const seen = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(resolve, ANSWER_TIMEOUT_MS, false);
        waiting.set(own, (isSeen) => {
          clearTimeout(timer);
          resolve(isSeen);
        });
        socket.send(query);
      });
      waiting.delete(own);
      return seen;
    },
    close: () => socket.close(),
  };
}
