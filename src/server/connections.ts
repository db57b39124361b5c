import type { DnsCounters } from "../observe/dns-counters.ts";
import type { StreamConnection } from "./stream-connection.ts";

/** How many connections there may be at a time (RFC 7766 §6.2.2, RFC 9210 §4.2). */
export interface ConnectionLimits {
  readonly connectionsMax: number;
  /** A client is an address; behind one there may be a whole network. */
  readonly connectionsPerClientMax: number;
}

const CONNECTION_LIMITS: ConnectionLimits = { connectionsMax: 2000, connectionsPerClientMax: 500 };

/** The open connections of the listeners that share it, TCP and TLS alike, within their limits together. */
export class Connections {
  readonly #open = new Set<StreamConnection>();
  readonly #counters: DnsCounters;
  readonly #limits: ConnectionLimits;

  /** The limits given replace those of CONNECTION_LIMITS. */
  constructor(counters: DnsCounters, limits: Partial<ConnectionLimits> = {}) {
    this.#counters = counters;
    this.#limits = { ...CONNECTION_LIMITS, ...limits };
  }

  /** At a limit, ends the connection that has been idle longest (RFC 7766 §6.2.3); false when none is idle. */
  makeRoom(address: string): boolean {
    const all = [...this.#open];
    const ofClient = all.filter((connection) => connection.client.address === address);
    const isClientFull = ofClient.length >= this.#limits.connectionsPerClientMax;
    if (!isClientFull && all.length < this.#limits.connectionsMax) return true;
    this.#counters.drop("connection-limit");
    const idle = (isClientFull ? ofClient : all).filter((connection) => connection.isIdle);
    if (idle.length === 0) return false;
    const oldest = idle.reduce((a, b) => (b.lastRequestMs < a.lastRequestMs ? b : a));
    oldest.finish();
    return true;
  }

  add(connection: StreamConnection): void {
    this.#open.add(connection);
    this.#counters.tcpConnections++;
  }

  delete(connection: StreamConnection): void {
    this.#open.delete(connection);
    this.#counters.tcpConnections--;
  }
}
