import { type Commit, type Guard, type Revision, StoreError, type Write } from "./catalog/store.ts";
import { changeByUpdate, type UpdateTarget } from "./catalog/update-changes.ts";
import { type Name, nameText } from "./dns/name.ts";
import { CLASS, EDE, RCODE } from "./dns/numbers.ts";
import type { UpdateMessage } from "./dns/update-message.ts";
import type { UpdateGrant } from "./dns/update-policy.ts";
import type { Logger } from "./observe/log.ts";
import { PublishError, type Publisher } from "./publisher.ts";
import type { Update, UpdateOutcome } from "./server/update.ts";

export interface UpdaterOptions {
  readonly policy: readonly UpdateGrant[];
  commit(writes: readonly Write[], guards: readonly Guard[]): Promise<Commit>;
  readonly publisher: Pick<Publisher, "catalog" | "current" | "layers" | "revision" | "trouble">;
  /** Resolves when DNS answers from the revision, or rejects with PublishError. */
  reached(revision: Revision): Promise<void>;
  readonly log: Logger;
}

/** How often an update is judged anew because somebody else was faster. Each time that other one is done. */
const ATTEMPTS_MAX = 100;
const NO_REVISIONS: ReadonlyMap<Name, Revision> = new Map();

/** Joins DNS updates with what every change goes through: policy, store, publisher. One update is one revision. */
export function createUpdater(options: UpdaterOptions): Update {
  const { policy, log } = options;
  return async (message, key, { address: client }) => {
    const grants = policy.filter((grant) => grant.key === key);
    const about = { zone: nameText(message.zone), key: key && nameText(key), client };
    try {
      for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
        const outcome = await tryUpdate(message, grants, options);
        if (outcome === undefined) continue;
        log[outcome.rcode === RCODE.NOERROR ? "info" : "debug"]({ ...about, ...outcome }, "update");
        return outcome;
      }
      return failed(`others changed the same names ${ATTEMPTS_MAX} times in the meantime: try again`);
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof PublishError)) throw error;
      log.error({ err: error, ...about }, "an update could not be stored or published");
      return failed("it could not be stored or published");
    }
  };
}

/** The outcome; undefined when others changed the same names meanwhile, and it has to be judged by what they are now. */
async function tryUpdate(
  message: UpdateMessage,
  grants: readonly UpdateGrant[],
  { commit, publisher, reached }: UpdaterOptions,
): Promise<UpdateOutcome | undefined> {
  if (publisher.trouble !== undefined) return failed(publisher.trouble);
  const target = message.zoneClass === CLASS.IN ? targetOf(publisher, message.zone) : undefined;
  if (target === undefined) return { rcode: RCODE.NOTAUTH, ede: { code: EDE.NOT_AUTHORITATIVE, text: "" } };
  const change = changeByUpdate(message, grants, target);
  if (change.kind === "failed") return change;
  if (change.writes.length === 0) return { rcode: RCODE.NOERROR };
  const seen = publisher.revision;
  const done = await commit(change.writes, change.guards);
  switch (done.kind) {
    case "committed":
      await reached(done.revision);
      return { rcode: RCODE.NOERROR };
    case "conflict":
      // A name that is gone has no revision; that it is gone shows in a later one than was seen.
      await reached(Math.max(done.actual, seen + 1));
      return undefined;
  }
}

/** All that is known of a zone, read at one moment; undefined when it is none of ours. */
function targetOf(publisher: UpdaterOptions["publisher"], origin: Name): UpdateTarget | undefined {
  const zone = publisher.current()?.zone(origin);
  const layers = publisher.layers(origin);
  if (zone === undefined || layers === undefined) return undefined;
  const revisions = publisher.catalog.updatedZone(origin)?.revisions ?? NO_REVISIONS;
  return { ...layers, zone, revisions };
}

function failed(text: string): UpdateOutcome {
  return { rcode: RCODE.SERVFAIL, ede: { code: EDE.OTHER, text: `Cannot update as ${text}` } };
}
