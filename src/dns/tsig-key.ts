import { foldedNameOf, type Name, nameOf, nameText } from "./name.ts";
import type { Octets } from "./octets.ts";
import { base64Octets } from "./text-encodings.ts";

/** A secret shared with a peer (RFC 8945 §8): nothing but MACs may be made of it, no message and no log. */
export interface TsigKey {
  /** Folded. */
  readonly name: Name;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Octets;
}

/** The octets of a whole MAC. HMAC-MD5 must not be used (RFC 8945 §6). */
export const MAC_OCTETS = {
  "hmac-sha1": 20,
  "hmac-sha224": 28,
  "hmac-sha256": 32,
  "hmac-sha384": 48,
  "hmac-sha512": 64,
} as const;

export type TsigAlgorithm = keyof typeof MAC_OCTETS;

/** The algorithm as TSIG names it (RFC 8945 §6). */
export function algorithmName(algorithm: TsigAlgorithm): Name {
  return nameOf([algorithm]);
}

/** Reads `hmac-sha256:NAME:base64`, as `dig -y` takes it. Undefined when it is none, or of an algorithm not in MAC_OCTETS. */
export function parseTsigKey(text: string): TsigKey | undefined {
  const [, algorithm, name, secret] = /^([^:]*):(.*):([^:]*)$/s.exec(text) ?? [];
  if (algorithm === undefined || name === undefined || secret === undefined) return undefined;
  const key = keyOf({ name, algorithm, secret });
  return typeof key === "string" ? undefined : key;
}

/**
 * Reads key clauses in BIND's syntax, as tsig-keygen writes them. Problems begin with their line, `3: Cannot read key …`.
 * They quote names only: what stands anywhere else may be the secret.
 */
export function parseKeyFile(text: string): { readonly keys: TsigKey[] } | { readonly problems: string[] } {
  const keys = new Map<Name, TsigKey>();
  const problems: string[] = [];
  for (const clause of clausesOf(text)) {
    const written = writtenKey(clause);
    if (written === undefined) {
      problems.push(`${clause[0]!.line}: Cannot read clause as it must be ${CLAUSE}`);
      continue;
    }
    const { name } = written;
    const key = keyOf({ name: name.text, algorithm: written.algorithm.text, secret: written.secret.text });
    const problem = (at: Token, rule: string) => `${at.line}: Cannot read key ${JSON.stringify(name.text)} as ${rule}`;
    if (typeof key === "string") problems.push(problem(written[key], RULES[key]));
    else if (keys.has(key.name)) problems.push(problem(name, `there is already a key ${nameText(key.name)}`));
    else keys.set(key.name, key);
  }
  return problems.length > 0 ? { problems } : { keys: [...keys.values()] };
}

const CLAUSE = 'key "NAME" { algorithm ALGORITHM; secret "BASE64"; };';

type Part = "name" | "algorithm" | "secret";

const RULES: Readonly<Record<Part, string>> = {
  name: "its name must be a domain name",
  algorithm: `its algorithm must be one of ${Object.keys(MAC_OCTETS).join(", ")}`,
  secret: "its secret must be base64, and of one octet at least",
};

/** The key, or the part of it that is wrong. */
function keyOf(written: Readonly<Record<Part, string>>): TsigKey | Part {
  const name = foldedNameOf(written.name);
  const algorithm = written.algorithm.toLowerCase();
  const secret = base64Octets(written.secret);
  if (name === undefined) return "name";
  if (!isAlgorithm(algorithm)) return "algorithm";
  return secret ? { name, algorithm, secret } : "secret";
}

function isAlgorithm(text: string): text is TsigAlgorithm {
  return Object.hasOwn(MAC_OCTETS, text);
}

interface Token {
  readonly line: number;
  /** A word or a string without its quotes; empty for punctuation. */
  readonly text: string;
  /** `w` for a word or string, else the character itself. */
  readonly kind: string;
}

/** The parts of a key clause; undefined when the clause is anything else. */
function writtenKey(clause: readonly Token[]): Readonly<Record<Part, Token>> | undefined {
  if (clause.map(({ kind }) => kind).join("") !== "ww{ww;ww;};") return undefined;
  const [keyword, name, ...options] = clause.filter(({ kind }) => kind === "w");
  const values = new Map([0, 2].map((i) => [options[i]!.text.toLowerCase(), options[i + 1]!]));
  const algorithm = values.get("algorithm");
  const secret = values.get("secret");
  if (keyword!.text.toLowerCase() !== "key" || !algorithm || !secret) return undefined;
  return { name: name!, algorithm, secret };
}

/** The file cut behind every semicolon that stands outside of braces, and at its end. */
function* clausesOf(text: string): Generator<readonly Token[]> {
  let clause: Token[] = [];
  let depth = 0;
  for (const token of tokensOf(text)) {
    clause.push(token);
    if (token.kind === "{") depth++;
    if (token.kind === "}") depth--;
    if (token.kind !== ";" || depth > 0) continue;
    yield clause;
    [clause, depth] = [[], 0];
  }
  if (clause.length > 0) yield clause;
}

const COMMENT_OR_STRING = /"[^"\n]*"|(?:\/\/|#)[^\n]*|\/\*[\s\S]*?\*\//g;
const TOKEN = /\n|"([^"\n]*)"|[{};"]|[^\s{};"]+/g;

function* tokensOf(text: string): Generator<Token> {
  const code = text.replace(COMMENT_OR_STRING, (found) => (found[0] === '"' ? found : found.replace(/[^\n]+/g, " ")));
  let line = 1;
  for (const [found, quoted] of code.matchAll(TOKEN)) {
    if (found === "\n") line++;
    else if (/^[{};"]$/.test(found)) yield { line, text: "", kind: found };
    else yield { line, text: quoted ?? found, kind: "w" };
  }
}
