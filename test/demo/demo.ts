import { setTimeout as wait } from "node:timers/promises";
import { HAS_DIG, type Instance, type Server, startInstance, startServer } from "./stage.ts";

/**
 * `npm run demo`: three instances of a service behind real health checks; one breaks and is mended, one leaves, and DNS
 * follows. Some twenty-five seconds. Exits with 1 when DNS did not answer what it must, so it is a smoke test too.
 */
const ZONE = "svc.internal";
const NAME = `web.${ZONE}`;
const ADDRESSES = ["127.0.0.11", "127.0.0.12", "127.0.0.13"] as const;
const LOOK_EVERY_MS = 100;
const MUST_HAPPEN_WITHIN_MS = 10_000;
const PAUSE_MS = 2000;

const startedMs = performance.now();
const interrupted = new AbortController();
const closers: (() => Promise<void>)[] = [];
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interrupted.abort());

try {
  await play();
  tell("All was seen as it must be.");
} catch (error) {
  tell(interrupted.signal.aborted ? "Interrupted." : `\n${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  for (const close of closers.reverse()) await close();
}

async function play(): Promise<void> {
  const server = await startServer(ZONE);
  closers.push(server.stop);
  tell(`muster serve: DNS on ${server.dns}, HTTP on ${server.http}`);
  const instances = await startInstances();
  const [a, b, c] = instances as [Instance, Instance, Instance];

  tell("\nThree instances register, each with an HTTP check every second.");
  for (const [i, instance] of instances.entries()) await register(server, `web-${i + 1}`, instance);
  await expectToSee(server, "A", [a.address, b.address, c.address]);
  await pause();

  tell(`\nweb-2 breaks: its /health says 503 from now on.`);
  b.isHealthy = false;
  await expectToSee(server, "A", [a.address, c.address]);
  tell((await server.muster("services", "web")).trimEnd());
  await pause();

  tell("\nweb-2 is mended.");
  b.isHealthy = true;
  await expectToSee(server, "A", [a.address, b.address, c.address]);
  await pause();

  tell("\nAll three break: rather than nothing, DNS answers those that passed before.");
  for (const instance of instances) instance.isHealthy = false;
  await expectRule(server, "failOpen");
  await expectToSee(server, "A", [a.address, b.address, c.address]);
  for (const instance of instances) instance.isHealthy = true;
  await expectRule(server, "up");
  await pause();

  tell("\nConfiguration is published and read as TXT.");
  await command(server, "config", "set", "--service", "web", "greeting=hello");
  await expectToSee(server, "TXT", ['"greeting=hello"'], `_config.${NAME}`);
  await pause();

  tell("\nweb-3 leaves: out of DNS at once, gone when no resolver can still hold it.");
  await Promise.all([
    command(server, "deregister", "web", "web-3", "--drain"),
    expectToSee(server, "A", [a.address, b.address]),
  ]);
}

/** On one port at three addresses of the loopback network, as three machines would be. */
async function startInstances(): Promise<readonly Instance[]> {
  const instances: Instance[] = [];
  for (const address of ADDRESSES) {
    const instance = await startInstance(address, instances[0]?.port ?? 0);
    closers.push(instance.stop);
    instances.push(instance);
  }
  return instances;
}

async function register(server: Server, id: string, { address, port }: Instance): Promise<void> {
  const where = ["--id", id, "--address", address, "--port", String(port)];
  await command(
    server,
    "register",
    "web",
    ...where,
    "--http-check",
    "/health",
    "--check-interval",
    "1",
    "--check-timeout",
    "1",
  );
}

async function command(server: Server, ...args: string[]): Promise<void> {
  tell(`$ muster ${args.join(" ")}`);
  await server.muster(...args);
}

/** Looks until DNS answers what is expected, and tells every other answer on the way. */
async function expectToSee(server: Server, type: string, expected: readonly string[], name = NAME): Promise<void> {
  const asked = HAS_DIG ? `dig ${name} ${type}` : `muster resolve ${name} ${type}`;
  await expectValue(asked, async () => (await server.look(name, type)).join(" "), expected.toSorted().join(" "));
}

/** Looks until the service is answered by this rule. */
async function expectRule(server: Server, rule: string): Promise<void> {
  const look = async () =>
    (JSON.parse(await server.muster("services", "web", "--json")) as { answered: string }).answered;
  await expectValue("muster services web: answered", look, rule);
}

async function expectValue(what: string, look: () => Promise<string>, expected: string): Promise<void> {
  const deadlineMs = performance.now() + MUST_HAPPEN_WITHIN_MS;
  let before: string | undefined;
  for (;;) {
    const seen = await look();
    if (seen !== before) tell(`  ${what}  →  ${seen || "nothing"}`);
    if (seen === expected) return;
    if (performance.now() > deadlineMs) throw new Error(`FAILED: it must be ${expected}: got ${seen || "nothing"}`);
    before = seen;
    await wait(LOOK_EVERY_MS, undefined, { signal: interrupted.signal });
  }
}

async function pause(): Promise<void> {
  await wait(PAUSE_MS, undefined, { signal: interrupted.signal });
}

/** Each line under the time since the start. */
function tell(text: string): void {
  const time = `${((performance.now() - startedMs) / 1000).toFixed(1).padStart(5)} s  `;
  console.log(text.replace(/^(?!$)/gm, time));
}
