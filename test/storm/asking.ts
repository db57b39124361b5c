import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../fuzz/random.ts";
import { type Asker, askOver } from "./asker.ts";
import type { Service } from "./cast.ts";
import type { Question } from "./judge.ts";
import type { Stage } from "./stage.ts";

/** How the questions of a run went. */
export interface Asked {
  answered: number;
  unanswered: number;
  /** Of them, those where the model knew the state of every instance. */
  certain: number;
  /** By the rule that explains them. */
  readonly rules: Map<string, number>;
  /** Answers that no rule explains: the first few. */
  readonly wrong: string[];
}

const WRONG_MAX = 10;
/** One asker each. */
const PROTOCOLS = ["udp", "udp", "udp", "tcp", "tcp"] as const;

export function nothingAsked(): Asked {
  return { answered: 0, unanswered: 0, certain: 0, rules: new Map(), wrong: [] };
}

/** Asks whatever may be asked, over UDP and TCP at the same time, until told to stop. */
export async function askAll(stage: Stage, random: Random, pauseMs: number, stop: AbortSignal, asked: Asked) {
  const askers = await Promise.all(PROTOCOLS.map((protocol) => askOver(protocol, stage.muster.dnsPort)));
  await Promise.all(
    askers.map(async (asker) => {
      for (; !stop.aborted; await sleep(random.below(2 * pauseMs))) {
        await askOne(asker, drawn(stage.services, random), stage, asked);
      }
      asker.close();
    }),
  );
}

/** Asks one question and has the answer judged. */
async function askOne(asker: Asker, question: Question, { judge, calm }: Stage, asked: Asked): Promise<void> {
  const atMs = calm.nowMs();
  const response = await asker.ask(judge.query(question));
  if (response === undefined) {
    asked.unanswered++;
    return;
  }
  asked.answered++;
  const judgement = judge.judge(question, response, atMs);
  if ("fault" in judgement) {
    if (asked.wrong.length < WRONG_MAX) asked.wrong.push(`at ${Math.round(atMs)} ms: ${judgement.fault}`);
    return;
  }
  if (judgement.isCertain) asked.certain++;
  asked.rules.set(judgement.rule, (asked.rules.get(judgement.rule) ?? 0) + 1);
}

function drawn(services: readonly Service[], random: Random): Question {
  const service = random.pick(services);
  if (random.oneIn(4)) return { service, of: random.pick(service.actors), type: "A" };
  return { service, of: random.oneIn(3) ? "tagged" : "all", type: random.pick(["A", "SRV", "SRV"]) };
}
