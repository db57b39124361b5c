/** How long a connection may do what, in milliseconds. */
export interface StreamTimes {
  /** From one whole request to the next (RFC 7766 §6.2.3). Octets alone do not count: they may be dripped forever. */
  readonly idleMs: number;
  /** From the opening; a connection that lives longer is closed after its next response. */
  readonly lifetimeMs: number;
  /** For the client to take the responses that wait for it. */
  readonly drainMs: number;
  /** For what is under way when either side closes. */
  readonly graceMs: number;
}

export const STREAM_TIMES: StreamTimes = { idleMs: 10_000, lifetimeMs: 600_000, drainMs: 10_000, graceMs: 1000 };
