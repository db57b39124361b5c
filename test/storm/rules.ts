import type { Instance, Standing } from "./standing.ts";

/*
 * Who must be answered, by the rules as the documentation has them. The model does not know each instance's state at each
 * moment, so it does not predict an answer: it says whether there is a rule, and states that may be so, which give it.
 */

export interface Settings {
  readonly failurePolicy: "all" | "last" | "none";
  /** A number of instances, or a share of those that no operator took out, as `"30%"`. */
  readonly failBelow: number | string;
  readonly failover: readonly Group[];
  /** `maybe`: nobody knows whether so many fell at once that a brake holds them. Whoever knows better says so. */
  brake: "off" | "maybe" | "on";
}

/** The instances that a name speaks of. */
export interface Group {
  readonly instances: readonly Instance[];
}

/** What a response says of a group. */
export interface Answer {
  readonly instances: ReadonlySet<Instance>;
  /** The info code of the Extended DNS Error, if there is one. */
  readonly ede: number | undefined;
}

interface Case {
  readonly answered: ReadonlySet<Instance>;
  readonly group: Group;
  readonly settings: Settings;
  readonly atMs: number;
  /** The least and the most that the quorum may be. */
  readonly quorum: readonly [number, number];
}

const EDE_NOT_READY = 14;

/** The first rule that explains the answer to a question that was sent at `atMs`; undefined when it is wrong. */
export function ruleOf({ instances, ede }: Answer, group: Group, settings: Settings, atMs: number): string | undefined {
  const quorum = quorumOf(group, settings.failBelow, atMs);
  const one: Case = { answered: instances, group, settings, atMs, quorum };
  if (ede === undefined) return isUp(one) ? "up" : undefined;
  if (ede === EDE_NOT_READY) return isNotReady(one) ? "notReady" : undefined;
  return OTHERS.find(([, explains]) => explains(one))?.[0];
}

/** The rules whose answers come with a reason. */
const OTHERS: readonly (readonly [string, (one: Case) => boolean])[] = [
  ["failover", isFailover],
  ["failOpen", (one) => isShort(one) && one.settings.failurePolicy === "all" && isFailOpen(one)],
  ["last", (one) => isShort(one) && one.settings.failurePolicy === "last" && isLast(one)],
  ["failClosed", (one) => isShort(one) && one.settings.failurePolicy === "none" && isFailClosed(one)],
  ["out", isOut],
  ["braked", isBraked],
];

/** All that pass or warn, and enough of them. */
function isUp({ answered, group, settings, atMs, quorum }: Case): boolean {
  if (settings.brake === "on" || answered.size < quorum[0]) return false;
  return group.instances.every((one) => (answered.has(one) ? mayBe(one, atMs, UP) : !mustBe(one, atMs, UP)));
}

/** The same with those that fell, of which some may have fallen too early to be held. */
function isBraked({ answered, group, settings, atMs, quorum }: Case): boolean {
  if (settings.brake === "off" || answered.size < quorum[0]) return false;
  const held = settings.brake === "on" ? UP_OR_FALLEN : UP;
  return group.instances.every((one) =>
    answered.has(one) ? mayBe(one, atMs, UP_OR_FALLEN) : !mustBe(one, atMs, held),
  );
}

/** Those of the first target of which anybody passes. */
function isFailover({ answered, settings, atMs, ...one }: Case): boolean {
  if (answered.size === 0 || !mayBeShort({ ...one, answered, settings, atMs })) return false;
  const target = settings.failover.findIndex(({ instances }) => instances.some((other) => answered.has(other)));
  if (target < 0) return false;
  const isTheirs = isUp({
    answered,
    group: settings.failover[target]!,
    settings: { ...settings, brake: "off" },
    atMs,
    quorum: [1, 1],
  });
  return isTheirs && settings.failover.slice(0, target).every((earlier) => mayBeDown(earlier, atMs));
}

function isFailOpen({ answered, group, atMs }: Case): boolean {
  if (answered.size === 0) return false;
  return group.instances.every((one) =>
    answered.has(one) ? mayBe(one, atMs, UP_OR_FALLEN) : !mustBe(one, atMs, UP_OR_FALLEN),
  );
}

function isFailClosed({ answered, group, atMs }: Case): boolean {
  return answered.size === 0 && group.instances.some((one) => mayBe(one, atMs, UP_OR_FALLEN));
}

/** Who passes, and of the others who fell last, until they are enough. */
function isLast({ answered, group, atMs, quorum }: Case): boolean {
  const { instances } = group;
  if (answered.size === 0 || ![...answered].every((one) => mayBe(one, atMs, UP_OR_FALLEN))) return false;
  if (instances.some((one) => !answered.has(one) && mustBe(one, atMs, UP))) return false;
  const left = instances.filter((one) => !answered.has(one) && mustBe(one, atMs, FALLEN));
  if (left.length > 0 && answered.size < quorum[0]) return false;
  const fallen = [...answered].filter((one) => mustBe(one, atMs, FALLEN));
  return fallen.every((one) => left.every((other) => other.fell()[0] <= one.fell()[1]));
}

/** Somebody is critical and nobody ever passed. */
function isNotReady(one: Case): boolean {
  const { answered, group, atMs } = one;
  if (answered.size > 0 || !isShort(one)) return false;
  const couldBe = (instance: Instance) => !mustBe(instance, atMs, UP_OR_FALLEN);
  return group.instances.every(couldBe) && group.instances.some((instance) => mayBe(instance, atMs, NEVER));
}

/** Operators took out whoever could be answered. */
function isOut(one: Case): boolean {
  const { answered, group, atMs } = one;
  return answered.size === 0 && isShort(one) && group.instances.every((instance) => mayBe(instance, atMs, GONE));
}

/** Too few may pass, and nobody may stand in for them. */
function isShort(one: Case): boolean {
  return mayBeShort(one) && one.settings.failover.every((target) => mayBeDown(target, one.atMs));
}

function mayBeShort({ group, atMs, quorum }: Case): boolean {
  return group.instances.filter((one) => mustBe(one, atMs, UP)).length < quorum[1];
}

function mayBeDown({ instances }: Group, atMs: number): boolean {
  return !instances.some((one) => mustBe(one, atMs, UP));
}

/** Of how many instances, and of which quorum, nobody can be certain while some may be absent or out. */
function quorumOf({ instances }: Group, failBelow: number | string, atMs: number): [number, number] {
  if (typeof failBelow === "number") return [failBelow, failBelow];
  const share = Number(failBelow.slice(0, -1)) / 100;
  const least = instances.filter((one) => !mayBe(one, atMs, GONE)).length;
  const most = instances.filter((one) => !mustBe(one, atMs, GONE)).length;
  return [Math.max(1, Math.ceil(least * share)), Math.max(1, Math.ceil(most * share))];
}

const UP: readonly Standing[] = ["passing", "warning"];
const FALLEN: readonly Standing[] = ["fallen"];
const UP_OR_FALLEN: readonly Standing[] = [...UP, ...FALLEN];
const NEVER: readonly Standing[] = ["never"];
const GONE: readonly Standing[] = ["absent", "out"];

export function mayBe(one: Instance, atMs: number, standings: readonly Standing[]): boolean {
  const possible = one.possible(atMs);
  return standings.some((standing) => possible.has(standing));
}

function mustBe(one: Instance, atMs: number, standings: readonly Standing[]): boolean {
  return [...one.possible(atMs)].every((standing) => standings.includes(standing));
}
