/**
 * The thread that owns the database: commits and checkpoints would stall the main loop for tens of milliseconds.
 * It takes whatever waits, commits it as one group, answers, and takes again.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type Change, resetReason } from "./feed.ts";
import { type DatabaseOptions, type OpenDatabase, openDatabase } from "./sqlite-database.ts";
import { failureOf } from "./sqlite-failure.ts";
import type { Columns, Opening, ReadReply, ReadRequest, Reply, Request, WriteRequest } from "./sqlite-messages.ts";
import { SqliteTable } from "./sqlite-table.ts";

/** Items or changes in one message: the other side unpacks while this one reads on. */
const CHUNK = 5000;
/** Writes from which on a group commit is large enough. */
const GROUP_WRITES = 1000;

start(parentPort as MessagePort, workerData as DatabaseOptions);

function start(port: MessagePort, options: DatabaseOptions): void {
  try {
    const database = openDatabase(options);
    const table = new SqliteTable(database.sqlite);
    const opening: Opening = { kind: "opened", sessions: options.readOnly ? [] : table.sessions() };
    port.on("message", (first: readonly Request[]) => serve(port, database, table, takeWaiting(port, first)));
    port.postMessage(opening);
    if (!options.readOnly) sweepWhenIdle(table);
  } catch (error) {
    port.postMessage(failureOf(`open "${options.file}"`, error) satisfies Opening);
    port.close();
  }
}

function takeWaiting(port: MessagePort, first: readonly Request[]): Request[] {
  const requests = [...first];
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    for (const request of next.message) requests.push(request);
  }
  return requests;
}

/** Requests that wait together are concurrent, so any order will do: the writes first, then reads see them. */
function serve(port: MessagePort, database: OpenDatabase, table: SqliteTable, requests: readonly Request[]): void {
  const writes: WriteRequest[] = [];
  const reads: ReadRequest[] = [];
  let isClosing = false;
  for (const request of requests) {
    switch (request.kind) {
      case "commit":
      case "openSession":
      case "endSession":
      case "compact":
        writes.push(request);
        break;
      case "read":
      case "follow":
        reads.push(request);
        break;
      case "close":
        isClosing = true;
    }
  }
  for (const group of groupsOf(writes)) port.postMessage({ kind: "group", ...table.commit(group) } satisfies Reply);
  for (const request of reads) answer(request, table, (reply) => port.postMessage(reply));
  if (isClosing) {
    database.close();
    port.close();
  } else if (writes.some((request) => request.kind === "compact")) sweepWhenIdle(table);
}

/** Groups that one transaction and one message each can take without keeping the next waiting for long. */
function* groupsOf(requests: readonly WriteRequest[]): Generator<readonly WriteRequest[]> {
  let group: WriteRequest[] = [];
  let writes = 0;
  for (const request of requests) {
    group.push(request);
    writes += request.kind === "commit" ? request.writes.length : 1;
    if (writes < GROUP_WRITES) continue;
    yield group;
    group = [];
    writes = 0;
  }
  if (group.length > 0) yield group;
}

function answer(request: ReadRequest, table: SqliteTable, reply: (reply: ReadReply) => void): void {
  const { id } = request;
  try {
    table.snapshot(() => {
      const revision = table.revision();
      const compacted = table.compacted();
      const reset = request.kind === "follow" ? resetReason(request.from, compacted, revision) : undefined;
      if (request.kind === "follow" && reset === undefined)
        sendChanges(id, table.changesAfter(request.from ?? 0), reply);
      else sendItems(id, table, request.kind === "read" ? request.prefix : "", reply);
      reply({ kind: "done", id, revision, reset });
    });
  } catch (error) {
    reply({ kind: "broken", id, failure: failureOf(request.kind === "read" ? "read" : "follow", error) });
  }
}

function sendItems(id: number, table: SqliteTable, prefix: string, reply: (reply: ReadReply) => void): void {
  let columns: Columns = { keys: [], values: [], revisions: [] };
  for (const { key, value, revision } of table.itemsFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    columns.keys.push(key);
    columns.values.push(value);
    columns.revisions.push(revision);
    if (columns.keys.length < CHUNK) continue;
    reply({ kind: "items", id, columns });
    columns = { keys: [], values: [], revisions: [] };
  }
  reply({ kind: "items", id, columns });
}

function sendChanges(id: number, changes: Iterable<Change>, reply: (reply: ReadReply) => void): void {
  let chunk: Change[] = [];
  for (const change of changes) {
    if (chunk.push(change) < CHUNK) continue;
    reply({ kind: "changes", id, changes: chunk });
    chunk = [];
  }
  reply({ kind: "changes", id, changes: chunk });
}

/** Deletes what is compacted bit by bit, between groups. */
function sweepWhenIdle(table: SqliteTable): void {
  setImmediate(() => {
    try {
      if (table.sweep()) sweepWhenIdle(table);
    } catch {
      // The rows stay until the next compaction; what ails the disk, the next commit reports.
    }
  });
}
