import { Churner } from "../churn.ts";
import type { Contender, DnsServer, Place } from "../contender.ts";
import { fill, type Muster, startMuster } from "../muster.ts";

export const CHANGES_PER_SECOND = 1000;

/** Muster as it comes: UDP workers that send and receive in batches. */
export const MUSTER: Contender = { name: "Muster", start: async (place) => (await startFilled(place)).server };

/** The same, while its table changes. */
export const CHANGING_MUSTER: Contender = {
  name: `Muster, ${CHANGES_PER_SECOND} changes/s`,
  async start(place) {
    const { server, muster } = await startFilled(place);
    return { ...server, churner: churnerOf(muster, place) };
  },
};

/** Muster where there is no libc to call: UDP in the main thread, through Node's sockets. */
export const DGRAM_MUSTER: Contender = {
  name: "Muster on dgram",
  start: async (place) => (await startFilled(place, 0)).server,
};

/** Muster of a certain build, at rest or while its table changes. */
export function musterOf(name: string, main: string, isChanging: boolean): Contender {
  return {
    name,
    start: async (place) => {
      const { server, muster } = await startFilled(place, place.threads, main);
      return isChanging ? { ...server, churner: churnerOf(muster, place) } : server;
    },
  };
}

function churnerOf({ url }: Muster, { layout }: Place): Churner {
  return new Churner({ url, layout, changesPerSecond: CHANGES_PER_SECOND });
}

async function startFilled(
  { directory, layout, isPinned, threads, certificate }: Place,
  workers = threads,
  main?: string,
): Promise<{ server: DnsServer; muster: Muster }> {
  const tls = certificate && {
    MUSTER_DNS_TLS_LISTEN: "127.0.0.1:0",
    MUSTER_DNS_TLS_CERTIFICATE: certificate.certFile,
    MUSTER_DNS_TLS_KEY: certificate.keyFile,
  };
  const settings = { ...tls };
  const muster = await startMuster({ directory, isPinned, workers, settings, ...(main !== undefined && { main }) });
  await fill(muster.url, layout);
  return { server: { ...muster, port: muster.dnsPort }, muster };
}
