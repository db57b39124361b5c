import { grantText, parseGrant } from "../../src/dns/grants.ts";
import { networkText, parseNetwork } from "../../src/dns/networks.ts";
import { parseKeyFile, parseTsigKey } from "../../src/dns/tsig-key.ts";
import { parseUpdateGrant, updateGrantText } from "../../src/dns/update-policy.ts";
import { KEY_TEXTS } from "./keys.ts";
import { mutateText } from "./mutate.ts";
import { must, type Target, withInput } from "./target.ts";

/** What a setting may say of who may do what. */
const TEXTS = [
  ...["10.0.0.0/8", "2001:db8::/32", "::ffff:192.0.2.0/120", "key k.example.", "192.0.2.1 key K"],
  ...["acme subtree z.test TXT", "grant k name a.b. ANY", ...KEY_TEXTS],
  'key "k" {\n\talgorithm hmac-sha256; # one\n\tsecret "QUJDRA=="; /* two */\n};\n// three\nkey k2 { secret "QQ=="; algorithm hmac-sha512; };',
];

/** Readers of settings take a text or leave it, and what they write of it reads back as itself. */
export interface SettingReaders {
  readonly parseNetwork: typeof parseNetwork;
  readonly parseGrant: typeof parseGrant;
}

export function settingsTarget(read: SettingReaders = { parseNetwork, parseGrant }): Target {
  return {
    name: "settings",
    attack(random) {
      const text = mutateText(random, random.pick(TEXTS), 4);
      withInput(text, () => {
        checkReadBack(text, read.parseNetwork, networkText);
        checkReadBack(text, read.parseGrant, grantText);
        checkReadBack(text, parseUpdateGrant, updateGrantText);
        const key = parseTsigKey(text);
        must(key === undefined || key.secret !== "", "must have a secret in every key");
        const file = parseKeyFile(text);
        const lineCount = text.split("\n").length;
        for (const problem of "problems" in file ? file.problems : []) {
          const line = Number(/^([0-9]+): /.exec(problem)?.[1]);
          must(line >= 1 && line <= lineCount, `must point into the file: got ${problem}`);
        }
      });
    },
  };
}

function checkReadBack<T>(text: string, parse: (text: string) => T | undefined, toText: (value: T) => string): void {
  const value = parse(text);
  if (value === undefined) return;
  const again = parse(toText(value));
  must(again !== undefined && toText(again) === toText(value), `must read back as itself: got ${toText(value)}`);
}
