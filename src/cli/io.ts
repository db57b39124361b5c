/** What a command may touch of the world, so that a test can hand it another one. */
export interface Io {
  readonly stdout: { write(text: string): unknown };
  /** Progress is drawn only where somebody watches. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  readonly fetch: typeof fetch;
  /** Resolves after `ms`, or as soon as `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  onSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP", listener: () => void): void;
  /** Ends the process without waiting for anything. */
  exit(code: number): void;
}

export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const;

/** Why a command did not do what it was asked, in lines for people, with its exit code. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: Exclude<(typeof EXIT)[keyof typeof EXIT], 0>, message: string) {
    super(message);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

export function print(io: Io, text: string): void {
  if (text !== "") io.stdout.write(`${text}\n`);
}

export function printJson(io: Io, value: unknown): void {
  print(io, JSON.stringify(value, null, 2));
}

export function say(io: Io, text: string): void {
  io.stderr.write(`${text}\n`);
}
