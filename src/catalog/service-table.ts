import { flat } from "../dns/octets.ts";
import { type Census, count, countTags, emptyCensus, type MutableCensus } from "./census.ts";
import {
  type Brake,
  type CastVote,
  EVERY_SERVICE,
  type Instance,
  type Leadership,
  type OperatorState,
  type Registration,
  type ServiceSettings,
} from "./model.ts";
import { sharing } from "./sharing.ts";
import { placeOf } from "./sorted.ts";
import type { Revision } from "./store.ts";
import { type Touched, touch } from "./touched.ts";
import { verdictOf } from "./verdict.ts";

/** What the feed says of one service. It exists while it has settings or an instance. */
export interface Service {
  readonly name: string;
  readonly settings: ServiceSettings;
  /** Revision of the settings; 0 while nobody has put any. */
  readonly settingsRevision: Revision;
  /** Sorted by id. */
  readonly instances: readonly Instance[];
  readonly census: Census;
  /** By tag, of the instances that bear it. */
  readonly tagged: ReadonlyMap<string, Census>;
}

interface MutableService {
  name: string;
  settings: ServiceSettings;
  settingsRevision: Revision;
  instances: Dated<Instance>[];
  census: MutableCensus;
  tagged: Map<string, MutableCensus>;
  /** The registration that came last: what others have in common with it they share. */
  template: Registration | undefined;
  changedAt: Revision;
}

/** Who holds the leader lease of a service, and the token that fences it off from whoever held it before. */
export interface Leader extends Leadership {
  readonly token: Revision;
}

type Dated<T> = T & { readonly changedAt: Revision };

/** The item of the feed that is being folded in. */
export interface Fold {
  readonly revision: Revision;
  readonly touched: Touched;
}

const NO_SETTINGS: ServiceSettings = Object.freeze({});
const NO_VOTES: readonly CastVote[] = Object.freeze([]);

/** The services and their instances, as the feed left them. */
export class ServiceTable {
  readonly #services = new Map<string, MutableService>();
  readonly #brakes = new Map<string, Brake>();
  readonly #leaders = new Map<string, Leader>();
  #instanceCount = 0;
  #changedAt: Revision;

  /** An empty table, as of a revision. */
  constructor(revision: Revision) {
    this.#changedAt = revision;
  }

  get all(): ReadonlyMap<string, Service> {
    return this.#services;
  }

  get instanceCount(): number {
    return this.#instanceCount;
  }

  /** As `brake` of the catalog. */
  brake(service: string): Brake | undefined {
    return this.#brakes.get(service);
  }

  /** As `leader` of the catalog. */
  leader(service: string): Leader | undefined {
    return this.#leaders.get(service);
  }

  /** As `changedAt` of the catalog. */
  changedAt(service: string | undefined, id: string | undefined): Revision {
    const known = service === undefined ? undefined : this.#services.get(service);
    if (known === undefined) return this.#changedAt;
    const instance = id === undefined ? undefined : instanceOf(known, id);
    return instance?.changedAt ?? known.changedAt;
  }

  /** Puts a registration whose own revision may be older than the fold's: a reset brings the whole table. */
  register(name: string, newId: string, registration: Registration, revision: Revision, fold: Fold): void {
    const service = this.#service(name);
    const before = instanceOf(service, newId);
    service.template = sharing(registration, service.template);
    this.#replace(service, before, fold, {
      service: service.name,
      id: before?.id ?? flat(newId),
      registration: service.template,
      revision,
      votes: before?.votes ?? NO_VOTES,
      operator: before?.operator,
      brakedSince: this.#brakedSince(name),
      changedAt: fold.revision,
    });
  }

  deregister(name: string, id: string, fold: Fold): void {
    const service = this.#services.get(name);
    const before = service && instanceOf(service, id);
    if (service === undefined || before === undefined) return;
    this.#replace(service, before, fold, undefined);
    this.#dropEmpty(service);
  }

  /** Counts the vote of a server in place of the one before it. */
  vote(name: string, id: string, vote: CastVote, fold: Fold): void {
    this.#amend(name, id, fold, (instance) => ({ ...instance, votes: [...votesBut(vote.server, instance), vote] }));
  }

  unvote(name: string, id: string, server: string, fold: Fold): void {
    this.#amend(name, id, fold, (instance) => ({ ...instance, votes: votesBut(server, instance) }));
  }

  operate(name: string, id: string, operator: OperatorState | undefined, fold: Fold): void {
    this.#amend(name, id, fold, (instance) => ({ ...instance, operator }));
  }

  settle(name: string, settings: ServiceSettings, revision: Revision, fold: Fold): void {
    const service = this.#service(name);
    service.settings = settings;
    service.settingsRevision = revision;
    fold.touched.settings.add(name);
    this.#touch(fold, name);
  }

  unsettle(name: string, fold: Fold): void {
    const service = this.#services.get(name);
    if (service === undefined) return;
    service.settings = NO_SETTINGS;
    service.settingsRevision = 0;
    this.#dropEmpty(service);
    fold.touched.settings.add(name);
    this.#touch(fold, name);
  }

  /** Engages the brake of a service, or of EVERY_SERVICE. */
  engage(name: string, brake: Brake, fold: Fold): void {
    this.#brakes.set(name, brake);
    this.#brakeAgain(name, fold);
  }

  release(name: string, fold: Fold): void {
    if (this.#brakes.delete(name)) this.#brakeAgain(name, fold);
  }

  lead(name: string, leader: Leader, fold: Fold): void {
    this.#leaders.set(name, leader);
    this.#touch(fold, name);
  }

  unlead(name: string, fold: Fold): void {
    if (this.#leaders.delete(name)) this.#touch(fold, name);
  }

  /** Replaces those instances of a service, or of every one, of which another brake makes something else. */
  #brakeAgain(name: string, fold: Fold): void {
    for (const each of name === EVERY_SERVICE ? this.#services.keys() : [name]) {
      const brakedSince = this.#brakedSince(each);
      const isHeld = (instance: Instance) => verdictOf(instance).isHeld;
      const changed = this.#services
        .get(each)
        ?.instances.filter((known) => isHeld(known) !== isHeld({ ...known, brakedSince }));
      for (const { id } of changed ?? []) this.#amend(each, id, fold, (instance) => instance);
      this.#touch(fold, each);
    }
  }

  /** The earlier one of its own brake and that of all. */
  #brakedSince(name: string): Revision | undefined {
    const since = [name, EVERY_SERVICE].flatMap((each) => this.#brakes.get(each)?.since ?? []);
    return since.length === 0 ? undefined : Math.min(...since);
  }

  /** Changes an instance that exists; a vote or an operator's word about any other means nothing. */
  #amend(name: string, id: string, fold: Fold, change: (instance: Instance) => Instance): void {
    const service = this.#services.get(name);
    const before = service && instanceOf(service, id);
    if (service === undefined || before === undefined) return;
    this.#replace(service, before, fold, {
      ...change(before),
      brakedSince: this.#brakedSince(name),
      changedAt: fold.revision,
    });
  }

  /** Puts an instance in the place of the one of its id, or of none; or nothing in the place of that one. */
  #replace(
    service: MutableService,
    before: Dated<Instance> | undefined,
    fold: Fold,
    after: Dated<Instance> | undefined,
  ): void {
    const { id } = (after ?? before)!;
    const place = placeOf(service.instances, id, idOf);
    if (after === undefined) service.instances.splice(place, 1);
    else service.instances.splice(place, before === undefined ? 0 : 1, after);
    if (before !== undefined) this.#count(service, before, -1);
    if (after !== undefined) this.#count(service, after, 1);
    const touched = this.#touch(fold, service.name);
    if (!touched.has(id)) touched.set(id, before);
  }

  #count(service: MutableService, instance: Instance, by: 1 | -1): void {
    this.#instanceCount += by;
    count(service.census, instance, by);
    countTags(service.tagged, instance, by);
  }

  #touch({ revision, touched }: Fold, name: string): Map<string, Instance | undefined> {
    this.#changedAt = revision;
    const service = this.#services.get(name);
    if (service !== undefined) service.changedAt = revision;
    return touch(touched, name);
  }

  #service(name: string): MutableService {
    let service = this.#services.get(name);
    if (service === undefined) {
      service = unregistered(name);
      this.#services.set(name, service);
    }
    return service;
  }

  #dropEmpty(service: Service): void {
    if (!isRegistered(service)) this.#services.delete(service.name);
  }
}

/** A service that is only spoken of, in configuration for it. */
export function unregistered(name: string): MutableService {
  return {
    name,
    settings: NO_SETTINGS,
    settingsRevision: 0,
    instances: [],
    census: emptyCensus(),
    tagged: new Map(),
    template: undefined,
    changedAt: 0,
  };
}

/** True for a service that exists: it has settings or an instance, and its name is never NXDOMAIN. */
export function isRegistered(service: Service): boolean {
  return service.settingsRevision > 0 || service.instances.length > 0;
}

/** The instance of this id, or undefined. */
export function instanceOf<T extends Instance>({ instances }: { readonly instances: readonly T[] }, id: string) {
  const instance = instances[placeOf(instances, id, idOf)];
  return instance?.id === id ? instance : undefined;
}

function votesBut(server: string, { votes }: Instance): CastVote[] {
  return votes.filter((vote) => vote.server !== server);
}

function idOf({ id }: Instance): string {
  return id;
}
