import { readFile } from "node:fs/promises";
import { type Name, nameText } from "./dns/name.ts";
import { parseKeyFile, type TsigKey } from "./dns/tsig-key.ts";
import type { Keys } from "./server/tsig.ts";
import type { Settings } from "./settings.ts";

/**
 * The TSIG keys of the settings and of their file, by name. Throws with every problem, a line each: a file that cannot be
 * read, a name given twice, and a key that is spoken of and not there. Never with a secret.
 */
export async function readKeys({ dns }: Settings): Promise<Keys> {
  const keys = new Map<Name, TsigKey>();
  const problems: string[] = [];
  for (const key of [...dns.keys, ...(await keysOfFile(dns.keyFile, problems))]) {
    if (keys.has(key.name)) problems.push(`Cannot use the key ${nameText(key.name)} as it must be given once`);
    keys.set(key.name, key);
  }
  const spokenOf = { transferTo: dns.transferTo, notify: dns.notify, update: dns.update };
  for (const [setting, entries] of Object.entries(spokenOf)) {
    for (const { key } of entries) {
      if (key === undefined || keys.has(key)) continue;
      problems.push(`Cannot set dns.${setting} as the key ${nameText(key)} must be in dns.keys or in dns.keyFile`);
    }
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return keys;
}

async function keysOfFile(path: string | undefined, problems: string[]): Promise<readonly TsigKey[]> {
  if (path === undefined) return [];
  try {
    const read = parseKeyFile(await readFile(path, "utf8"));
    if ("keys" in read) return read.keys;
    problems.push(...read.problems.map((problem) => `${path}:${problem}`));
  } catch (error) {
    problems.push(`Cannot read dns.keyFile as it must be readable: ${(error as Error).message}`);
  }
  return [];
}
