import { flat } from "../dns/octets.ts";
import { Brakes, brakedAnew } from "./brakes.ts";
import { Dependents } from "./dependents.ts";
import { EVERY_SERVICE } from "./keys.ts";
import type { Brake, CastVote, Instance, Leadership, OperatorState, Registration, ServiceSettings } from "./model.ts";
import { type Dated, type MutableService, NO_SETTINGS, replaceInstance, unregistered } from "./mutable-service.ts";
import { instanceOf, isRegistered, type Service } from "./service.ts";
import { sharing } from "./sharing.ts";
import type { Revision } from "./store.ts";
import { type Touched, touch } from "./touched.ts";

/** Who holds the leader lease of a service, and the token that fences it off from whoever held it before. */
export interface Leader extends Leadership {
  readonly token: Revision;
}

/** The item of the feed that is being folded in. */
export interface Fold {
  readonly revision: Revision;
  readonly touched: Touched;
}

const NO_VOTES: readonly CastVote[] = Object.freeze([]);

/** The services and their instances, as the feed left them. */
export class ServiceTable {
  readonly #services = new Map<string, MutableService>();
  readonly #brakes = new Brakes();
  readonly #leaders = new Map<string, Leader>();
  readonly #dependents = new Dependents();
  #instanceCount = 0;
  #changedAt: Revision;

  /** An empty table, as of a revision. */
  constructor(revision: Revision) {
    this.#changedAt = revision;
  }

  get all(): ReadonlyMap<string, Service> {
    return this.#services;
  }

  /** As `names` of the catalog. */
  get names(): ReadonlySet<string> {
    return new Set([...this.#services.keys(), ...this.#brakes.services, ...this.#leaders.keys()]);
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
      brakedSince: this.#brakes.since(service),
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
    this.#dependents.settle(name, service.settings, settings);
    service.settings = settings;
    service.settingsRevision = revision;
    fold.touched.settings.add(name);
    this.#brakeAgain(name, fold);
  }

  unsettle(name: string, fold: Fold): void {
    const service = this.#services.get(name);
    if (service === undefined) return;
    this.#dependents.settle(name, service.settings, NO_SETTINGS);
    service.settings = NO_SETTINGS;
    service.settingsRevision = 0;
    this.#dropEmpty(service);
    fold.touched.settings.add(name);
    this.#brakeAgain(name, fold);
  }

  /** Engages the brake of a service, or of EVERY_SERVICE. */
  engage(name: string, brake: Brake, fold: Fold): void {
    this.#brakes.engage(name, brake);
    this.#brakeAgain(name, fold);
  }

  release(name: string, fold: Fold): void {
    if (this.#brakes.release(name)) this.#brakeAgain(name, fold);
  }

  lead(name: string, leader: Leader, fold: Fold): void {
    this.#leaders.set(name, leader);
    this.#touch(fold, name);
  }

  unlead(name: string, fold: Fold): void {
    if (this.#leaders.delete(name)) this.#touch(fold, name);
  }

  /** Replaces those instances of a service, or of every one, of which another brake, or its settings, make something else. */
  #brakeAgain(name: string, fold: Fold): void {
    for (const each of name === EVERY_SERVICE ? this.#services.keys() : [name]) {
      const service = this.#services.get(each);
      const changed = service === undefined ? [] : brakedAnew(service.instances, this.#brakes.since(service));
      for (const { id } of changed) this.#amend(each, id, fold, (instance) => instance);
      this.#touch(fold, each);
    }
  }

  /** Changes an instance that exists; a vote or an operator's word about any other means nothing. */
  #amend(name: string, id: string, fold: Fold, change: (instance: Instance) => Instance): void {
    const service = this.#services.get(name);
    const before = service && instanceOf(service, id);
    if (service === undefined || before === undefined) return;
    this.#replace(service, before, fold, {
      ...change(before),
      brakedSince: this.#brakes.since(service),
      changedAt: fold.revision,
    });
  }

  /** Puts `after` in the place of `before`. */
  #replace(
    service: MutableService,
    before: Dated<Instance> | undefined,
    fold: Fold,
    after: Dated<Instance> | undefined,
  ): void {
    const { id } = (after ?? before)!;
    replaceInstance(service, before, after);
    this.#instanceCount += Number(after !== undefined) - Number(before !== undefined);
    const touched = this.#touch(fold, service.name);
    if (!touched.has(id)) touched.set(id, before);
  }

  /** Notes that a service changed, and with it those for which it stands in. */
  #touch(fold: Fold, name: string): Map<string, Instance | undefined> {
    this.#changedAt = fold.revision;
    for (const dependent of this.#dependents.of(name)) this.#mark(fold, dependent);
    return this.#mark(fold, name);
  }

  #mark({ revision, touched }: Fold, name: string): Map<string, Instance | undefined> {
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

function votesBut(server: string, { votes }: Instance): CastVote[] {
  return votes.filter((vote) => vote.server !== server);
}
