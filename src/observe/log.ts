import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

interface LogOptions {
  /** A pino level: trace, debug, info, warn, error, fatal or silent. */
  readonly level: string;
  readonly format: "json" | "pretty";
}

/** Where credentials would stand if somebody logged a request or the settings whole. */
const SECRET_PATHS = ["token", "authorization", "cookie"].flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

const STDERR = 2;

/**
 * The program's log, on stderr: stdout is for data. Lines are written before the call returns, so that the last ones
 * survive a crash.
 */
export function createLogger({ level, format }: LogOptions, into: DestinationStream = stderr(format)): Logger {
  return pino(
    {
      level,
      base: null, // process id and host name are the supervisor's to add
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: "[redacted]" },
    },
    into,
  );
}

function stderr(format: LogOptions["format"]): DestinationStream {
  return format === "json"
    ? destination({ dest: STDERR, sync: true })
    : pretty({ destination: STDERR, sync: true, singleLine: true, colorize: process.stderr.isTTY });
}
