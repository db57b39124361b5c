import type { Io } from "./io.ts";

const CLEAR_LINE = "\r\x1b[K";

/** Rewrites one line of a terminal; elsewhere nothing is written. "" takes the line away. */
export function showProgress(io: Io, text: string): void {
  if (io.stderr.isTTY) io.stderr.write(CLEAR_LINE + text);
}

/** Shows for how long the work has been going on, until it is done. */
export async function withProgress<T>(io: Io, text: string, work: Promise<T>): Promise<T> {
  let seconds = 0;
  showProgress(io, `${text} …`);
  const timer = setInterval(() => showProgress(io, `${text} … ${++seconds} s`), 1000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    showProgress(io, "");
  }
}
