import { flat } from "../dns/octets.ts";
import type { CastVote, Instance, OperatorState, Registration, ServiceSettings, Vote } from "./model.ts";
import { sharing } from "./sharing.ts";
import type { Revision } from "./store.ts";
import { type Touched, touch } from "./touched.ts";

/** What the feed says of one service. It exists while it has settings or an instance. */
export interface Service {
  readonly name: string;
  readonly settings: ServiceSettings;
  /** Revision of the settings; 0 while nobody has put any. */
  readonly settingsRevision: Revision;
  readonly instances: ReadonlyMap<string, Instance>;
  /** The instances sorted by id: the order of their records, whatever the order of their registrations. */
  readonly ordered: readonly Instance[];
}

interface MutableService {
  name: string;
  settings: ServiceSettings;
  settingsRevision: Revision;
  instances: Map<string, Dated<Instance>>;
  ordered: Dated<Instance>[];
  /** The registration that came last: what others have in common with it they share. */
  template: Registration | undefined;
  changedAt: Revision;
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

  /** As `changedAt` of the catalog. */
  changedAt(service: string | undefined, id: string | undefined): Revision {
    const known = service === undefined ? undefined : this.#services.get(service);
    if (known === undefined) return this.#changedAt;
    const instance = id === undefined ? undefined : known.instances.get(id);
    return instance?.changedAt ?? known.changedAt;
  }

  /** Puts a registration whose own revision may be older than the fold's: a reset brings the whole table. */
  register(name: string, newId: string, registration: Registration, revision: Revision, fold: Fold): void {
    const service = this.#service(name);
    const before = service.instances.get(newId);
    const id = before?.id ?? flat(newId);
    service.template = sharing(registration, service.template);
    this.#keep(service, {
      service: service.name,
      id,
      registration: service.template,
      revision,
      votes: before?.votes ?? NO_VOTES,
      operator: before?.operator,
      changedAt: fold.revision,
    });
    this.#touch(fold, name, id);
  }

  deregister(name: string, id: string, fold: Fold): void {
    const service = this.#services.get(name);
    if (service?.instances.delete(id)) {
      this.#instanceCount--;
      service.ordered.splice(placeOf(service.ordered, id), 1);
      this.#dropEmpty(service);
    }
    this.#touch(fold, name, id);
  }

  /** Counts the vote of a server in place of the one before it; without a vote, only takes that away. */
  vote(name: string, id: string, server: string, vote: Vote | undefined, fold: Fold): void {
    this.#amend(name, id, fold, (instance) => {
      const others = instance.votes.filter((other) => other.server !== server);
      return { ...instance, votes: vote === undefined ? others : [...others, { ...vote, server }] };
    });
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

  /** Changes an instance that exists; a vote or an operator's word about any other means nothing. */
  #amend(name: string, id: string, fold: Fold, change: (instance: Instance) => Instance): void {
    const service = this.#services.get(name);
    const before = service?.instances.get(id);
    if (service === undefined || before === undefined) return;
    this.#keep(service, { ...change(before), changedAt: fold.revision });
    this.#touch(fold, name, id);
  }

  #touch({ revision, touched }: Fold, name: string, id?: string): void {
    this.#changedAt = revision;
    const service = this.#services.get(name);
    if (service !== undefined) service.changedAt = revision;
    touch(touched, name, id);
  }

  #service(name: string): MutableService {
    let service = this.#services.get(name);
    if (service === undefined) {
      service = { ...unregistered(name), instances: new Map(), ordered: [], template: undefined, changedAt: 0 };
      this.#services.set(name, service);
    }
    return service;
  }

  /** Puts an instance in, in the place of the one of its id if there is one. */
  #keep(service: MutableService, instance: Dated<Instance>): void {
    const isKnown = service.instances.has(instance.id);
    if (!isKnown) this.#instanceCount++;
    service.instances.set(instance.id, instance);
    service.ordered.splice(placeOf(service.ordered, instance.id), isKnown ? 1 : 0, instance);
  }

  #dropEmpty(service: Service): void {
    if (!isRegistered(service)) this.#services.delete(service.name);
  }
}

/** A service that is only spoken of, in configuration for it. */
export function unregistered(name: string): Service {
  return { name, settings: NO_SETTINGS, settingsRevision: 0, instances: new Map(), ordered: [] };
}

/** True for a service that exists: it has settings or an instance, and its name is never NXDOMAIN. */
export function isRegistered(service: Service): boolean {
  return service.settingsRevision > 0 || service.ordered.length > 0;
}

/** Where the instance of this id stands in a sorted list, or would. */
function placeOf(ordered: readonly Instance[], id: string): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ordered[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
