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

export interface Fault extends Position {
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

// Blank or comment · end of line · parenthesis · quoted string · word. Every repetition can match in one way only, so
// that no line, however hostile, costs more than linear time.
const PIECE =
  /[ \t\r]+|;[^\n]*|[\n()]|"[^"\\\n]*(?:\\[^\r\n][^"\\\n]*)*"|(?=[^ \t\r\n"();\\]|\\[^\r\n])[^ \t\r\n"();\\]*(?:\\[^\r\n][^ \t\r\n"();\\]*)*/y;
const REST_OF_LINE = /[^\n]*/y;

const KINDS: Readonly<Record<string, Piece["kind"]>> = {
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
    const known = match(PIECE, text, at);
    const piece = known ?? match(REST_OF_LINE, text, at)!;
    const kind = known === undefined ? "stray" : (KINDS[piece[0]!] ?? "token");
    yield { kind, text: piece, line, column: at - lineStart + 1, isLast: false };
    at += piece.length;
    if (kind === "end") [line, lineStart] = [line + 1, at];
  }
  yield { kind: "end", text: "", line, column: at - lineStart + 1, isLast: true };
}

function match(sticky: RegExp, text: string, at: number): string | undefined {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
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
