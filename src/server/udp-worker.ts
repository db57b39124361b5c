/**
 * A thread that answers UDP, a secondary within the process: it follows the main thread's zones by their edits and answers
 * from its own. It never comes back to its event loop, so whatever it hears it asks its port for.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { DnsCounters } from "../observe/dns-counters.ts";
import { QueryRing } from "../observe/query-ring.ts";
import { Replica } from "../zone/replica.ts";
import { responderOptions } from "./answer-settings.ts";
import { type Libc, loadLibc } from "./libc.ts";
import { withQueryLog } from "./query-log.ts";
import { createResponder } from "./responder.ts";
import { seldom } from "./seldom.ts";
import type { Responder } from "./transport.ts";
import { BatchLoop } from "./udp-batch.ts";
import { type FromWorker, MAIL, type ToWorker, type UdpWorkerData } from "./worker-messages.ts";

serve(parentPort!, workerData as UdpWorkerData, await loadLibc());

function serve(port: MessagePort, data: UdpWorkerData, libc: Libc): void {
  const { sockets, wakeFd, mail } = data;
  const tell = (message: FromWorker) => port.postMessage(message);
  const replica = new Replica();
  const counters = new DnsCounters(data.counters);
  const loop = new BatchLoop({
    libc,
    sockets,
    wakeFd,
    responder: responderOf(data, replica, counters),
    counters,
    onError: seldom((error) => tell(faultOf(error))),
    onLater: (request, client, socket, path) => tell({ kind: "later", request, client, socket, path }),
  });
  let isServing = false;
  let isClosing = false;

  /** One message between two batches: none is long work, and queries wait for no more than one. */
  function take(message: ToWorker): void {
    switch (message.kind) {
      case "edit":
        replica.apply(message.part);
        if (message.part.isLast) Atomics.store(mail, MAIL.applied, message.publication);
        return;
      case "serve":
        isServing = true;
        return;
      case "send":
        return loop.send(message.message, message.socket, message.path);
      case "ping":
        return;
      case "close":
        isClosing = true;
    }
  }

  for (let taken = 0; !isClosing; ) {
    // The sockets are asked also when there is mail: one that is never empty must not keep the others from being heard.
    if (isServing) loop.wait(Atomics.load(mail, MAIL.posted) === taken ? -1 : 0);
    else Atomics.wait(mail, MAIL.posted, taken);
    if (isServing) loop.pump();
    if (Atomics.load(mail, MAIL.posted) === taken) continue;
    take(receiveMessageOnPort(port)!.message);
    taken = (taken + 1) | 0;
    Atomics.store(mail, MAIL.taken, taken);
    Atomics.notify(mail, MAIL.taken);
  }
}

function responderOf({ answers, queryLog }: UdpWorkerData, replica: Replica, counters: DnsCounters): Responder {
  const responder = createResponder(replica.current, counters, responderOptions(answers));
  if (queryLog === undefined) return responder;
  return withQueryLog(responder, { share: queryLog.share, ring: new QueryRing(queryLog.ring), counters });
}

/** What a thrown value may hold besides may not cross. */
function faultOf(error: unknown): FromWorker {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: "fault", message, stack };
}
