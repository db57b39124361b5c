/** A place in a file. Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A word or quoted string of a master file, without its quotes, escapes still in it. */
export interface Token extends Position {
  readonly text: string;
  readonly isQuoted: boolean;
  /** True when nothing stands between it and the token before, as in `alpn="h2"`. */
  readonly isAttached: boolean;
}

interface Fault extends Position {
  readonly message: string;
}

/** What stands on one line, or on several held together by parentheses (RFC 1035 §5.1). */
export interface Entry {
  readonly tokens: readonly Token[];
  /** True when the line begins with a blank: the owner is the last one stated. */
  readonly startsBlank: boolean;
  /** Why the entry cannot be read; its tokens are then not to be trusted. */
  readonly fault: Fault | undefined;
}

/** The entries of a master file that are not empty, in order. A fault costs its entry, not the rest of the file. */
export function* entriesOf(text: string): Generator<Entry> {
  let tokens: Token[] = [];
  let startsBlank = false;
  let fault: Fault | undefined;
  let before: Piece | undefined;
  const open: Piece[] = [];
  for (const piece of piecesOf(text)) {
    switch (piece.kind) {
      case "blank":
        if (open.length === 0) startsBlank ||= piece.column === 1;
        break;
      case "end":
        if (open.length > 0 && !piece.isLast) break;
        if (open[0]) fault ??= faultAt(open[0], "a parenthesis must be closed");
        if (tokens.length > 0 || fault) yield { tokens, startsBlank, fault };
        [tokens, startsBlank, fault] = [[], false, undefined];
        break;
      case "open":
        open.push(piece);
        break;
      case "close":
        if (!open.pop()) fault ??= faultAt(piece, "a parenthesis must be opened before it is closed");
        break;
      case "token":
        tokens.push(tokenOf(piece, before?.kind === "token"));
        break;
      case "stray":
        fault ??= faultAt(piece, STRAY[piece.text[0]!]!);
        break;
    }
    before = piece;
  }
}

/** Why a piece can begin with one of these and yet be no token. */
const STRAY: Readonly<Record<string, string>> = {
  '"': "a quoted string must end on its line",
  "\\": "an escape must be followed by a character",
};

interface Piece extends Position {
  readonly kind: "blank" | "end" | "open" | "close" | "token" | "stray";
  readonly text: string;
  /** The end of the file, not of a line. */
  readonly isLast: boolean;
}

/** The pieces between tokens, by their first character. */
const SEPARATORS: Readonly<Record<string, Piece["kind"]>> = {
  " ": "blank",
  "\t": "blank",
  "\r": "blank",
  ";": "blank",
  "\n": "end",
  "(": "open",
  ")": "close",
};

/** The file cut into pieces that follow one another without a gap. What can be no token takes the rest of its line. */
function* piecesOf(text: string): Generator<Piece> {
  let line = 1;
  let lineStart = text.startsWith("\ufeff") ? 1 : 0;
  let at = lineStart;
  while (at < text.length) {
    const { kind, end } = pieceAt(text, at);
    yield { kind, text: text.slice(at, end), line, column: at - lineStart + 1, isLast: false };
    at = end;
    if (kind === "end") [line, lineStart] = [line + 1, at];
  }
  yield { kind: "end", text: "", line, column: at - lineStart + 1, isLast: true };
}

function pieceAt(text: string, at: number): { kind: Piece["kind"]; end: number } {
  const separator = SEPARATORS[text[at]!];
  if (separator !== undefined) return { kind: separator, end: endOf(SEPARATOR, text, at) };
  const end = endOfToken(text, at);
  return end > at ? { kind: "token", end } : { kind: "stray", end: endOf(REST_OF_LINE, text, at) };
}

const SEPARATOR = /[ \t\r]+|;[^\n]*|[\n()]/y;
const REST_OF_LINE = /[^\n]*/y;
const QUOTED_RUN = /[^"\\\n]*/y;
const WORD_RUN = /[^ \t\r\n"();\\]*/y;

/** The offset behind a quoted string or a word; `start` itself when neither stands there. */
function endOfToken(text: string, start: number): number {
  const isQuoted = text[start] === '"';
  let at = isQuoted ? start + 1 : start;
  // A loop over runs and not one expression: that would need stack for every escape.
  for (;;) {
    at = endOf(isQuoted ? QUOTED_RUN : WORD_RUN, text, at);
    if (text[at] !== "\\" || /^[\r\n]?$/.test(text[at + 1] ?? "")) break;
    at += 2;
  }
  if (!isQuoted) return at;
  return text[at] === '"' ? at + 1 : start;
}

function endOf(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  sticky.test(text);
  return sticky.lastIndex;
}

function tokenOf(piece: Piece, isAttached: boolean): Token {
  const isQuoted = piece.text[0] === '"';
  return {
    text: isQuoted ? piece.text.slice(1, -1) : piece.text,
    isQuoted,
    isAttached,
    line: piece.line,
    column: piece.column,
  };
}

function faultAt(at: Position, message: string): Fault {
  return { line: at.line, column: at.column, message };
}
