import { nameText } from "../dns/name.ts";
import { rcodeText } from "../dns/rcode-names.ts";
import { typeText } from "../dns/type-names.ts";
import type { Logger } from "./log.ts";
import type { AnsweredQuery, QueryRing } from "./query-ring.ts";

/** So many lines at once, and so often: 10 000 a second of each ring, in pauses of some milliseconds. */
const LINES_MAX = 256;
const PAUSE_MS = 25;

/** Logs what the rings hold, a line a query, until `close` has logged the last. */
export function logQueries(rings: readonly QueryRing[], log: Logger): { close(): void } {
  const logSome = () => {
    for (const ring of rings) logUpTo(LINES_MAX, ring, log);
  };
  const timer = setInterval(logSome, PAUSE_MS).unref();
  return {
    close() {
      clearInterval(timer);
      for (const ring of rings) logUpTo(Infinity, ring, log);
    },
  };
}

function logUpTo(count: number, ring: QueryRing, log: Logger): void {
  for (let i = 0; i < count; i++) {
    const query = ring.take();
    if (query === undefined) return;
    log.info(lineOf(query), "query");
  }
}

/** Names and numbers as people write them; what is undefined has no field. */
function lineOf({ client, port, protocol, name, type, rcode, octets, micros }: AnsweredQuery) {
  return {
    client,
    port,
    protocol,
    name: name && nameText(name),
    type: type === undefined ? undefined : typeText(type),
    rcode: rcode === undefined ? undefined : rcodeText(rcode),
    octets,
    micros,
  };
}
