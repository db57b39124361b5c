const PAUSE_MS = 1000;

/** `tell`, at most once a second: one packet that finds a bug can be sent a million times. */
export function seldom<T>(tell: (what: T) => void, nowMs = () => performance.now()): (what: T) => void {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return (what) => {
    if (nowMs() < quietUntilMs) return;
    quietUntilMs = nowMs() + PAUSE_MS;
    tell(what);
  };
}
