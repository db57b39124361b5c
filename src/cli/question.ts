import { foldName, type Name, NameError, nameText, parseName } from "../dns/name.ts";
import { typeNumber, typeText } from "../dns/type-names.ts";
import { CommandError, EXIT } from "./io.ts";

export interface Question {
  readonly name: Name;
  readonly type: number;
}

/** What `ask` and `resolve` are asked for: a name without a dot is a service of the discovery zone. */
export function questionOf(name: string, type: string, zone: string): Question {
  const number = typeNumber(type);
  if (number === undefined) throw usage(`Cannot ask for type ${type} as it must be an RR type such as SRV or TYPE65`);
  try {
    const origin = name.includes(".") ? undefined : foldName(parseName(zone));
    return { name: parseName(name, origin), type: number };
  } catch (error) {
    if (error instanceof NameError) throw usage(`Cannot ask for a name as ${error.message}`);
    throw error;
  }
}

/** A record in presentation form, as `--json` prints it. */
export interface RecordText {
  readonly name: string;
  readonly ttl: number;
  readonly type: string;
  readonly rdata: string;
}

/** Throws CommandError for a question that no record answers, with the rcode or NODATA as the reason. */
export function requireAnswers(question: Question, rcode: string, answers: number): void {
  if (answers > 0) return;
  const outcome = rcode === "NOERROR" ? "NODATA" : rcode;
  throw new CommandError(EXIT.failed, `No answer to ${nameText(question.name)} ${typeText(question.type)}: ${outcome}`);
}

const usage = (message: string): CommandError => new CommandError(EXIT.usage, message);
