import { afterEach, describe, test } from "vitest";
import type { Store } from "../../src/catalog/store.ts";
import { commits } from "./contract/commits.ts";
import { feedCuts } from "./contract/feed-cuts.ts";
import { feeds } from "./contract/feeds.ts";
import { lives } from "./contract/life.ts";
import { reads } from "./contract/reads.ts";
import { sessions } from "./contract/sessions.ts";
import type { OpenOptions, Subject } from "./contract/subject.ts";

/** Behaviours that a store cannot have, and why. */
export interface Skip {
  readonly reason: string;
  readonly tests: readonly string[];
}

/** What every Store does, whatever it keeps its table in. */
export function storeContract(name: string, create: () => Subject, skips: readonly Skip[] = []): void {
  const subjects: Subject[] = [];
  const subject = (): Subject => {
    const made = create();
    subjects.push(made);
    return made;
  };
  const open = (options?: OpenOptions): Promise<Store> => subject().open(options);
  const it = (behaviour: string, body: () => Promise<void>): void => {
    const skip = skips.find(({ tests }) => tests.includes(behaviour));
    if (skip === undefined) test(behaviour, body);
    else test.skip(`${behaviour} — ${skip.reason}`, body);
  };

  describe(`${name} store`, () => {
    afterEach(async () => {
      for (const made of subjects.splice(0)) await made.dispose();
    });
    describe("commit", () => commits(open, it));
    describe("read", () => reads(open, it));
    describe("feed", () => {
      feeds(open, it);
      feedCuts(open, it);
    });
    describe("session", () => sessions(open, it));
    describe("life", () => lives(open, subject, it));
  });
}
