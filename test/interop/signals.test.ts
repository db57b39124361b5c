import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Muster, startMuster } from "./muster.ts";
import { directoryWith, eventually } from "./processes.ts";
import { testWith } from "./programs.ts";

const APEX = "$ORIGIN static.test.\n$TTL 60\n@ SOA ns hostmaster 1 60 10 600 5\n@ NS ns\nns A 192.0.2.1\n";

testWith("dig")(
  "SIGHUP with a faulty zone keeps the old data and says where the fault is; a good one is taken",
  async () => {
    const directory = directoryWith({ "static.test.zone": `${APEX}www A 192.0.2.10\n` });
    const file = join(directory, "static.test.zone");
    const muster = await startMuster({ MUSTER_ZONES_DIR: directory });

    writeFileSync(file, `${APEX}www A 192.0.2.11\nnew A 192.0.2.999\n`);
    muster.signal("SIGHUP");
    await logged(muster, `${file}:7:7: `);
    expect(await muster.rdata("www.static.test", "A")).toEqual(["192.0.2.10"]);
    expect(await muster.rdata("new.static.test", "A")).toEqual([]);

    writeFileSync(file, `${APEX}www A 192.0.2.11\nnew A 192.0.2.12\n`);
    muster.signal("SIGHUP");
    await eventually(
      async () => ((await muster.rdata("new.static.test", "A")).length > 0 ? true : undefined),
      () => `the new zone is answered:\n${muster.lines.join("\n")}`,
    );
    expect(await muster.rdata("www.static.test", "A")).toEqual(["192.0.2.11"]);
  },
);

testWith("curl", "dig")(
  "SIGTERM withdraws readiness first, answers on for the lame-duck time, then ends with 0",
  async () => {
    const muster = await startMuster({ MUSTER_LAME_DUCK_SECONDS: "3" });
    await muster.curl("PUT", "/v1/services/web/instances/i-1", { address: "10.0.0.5", port: 80 });
    await muster.curl("GET", "/readyz");
    muster.signal("SIGTERM");
    const refusal = await eventually(
      () =>
        muster.curl("GET", "/readyz").then(
          () => undefined,
          (error: Error) => error.message,
        ),
      () => "/readyz is refused",
    );
    expect(refusal).toMatch(/503.*"isReady":false/s);
    expect(await muster.rdata("web.svc.internal", "A")).toEqual(["10.0.0.5"]);
    await muster.curl("GET", "/livez");
    expect(await muster.ended).toBe(0);
    await expect(muster.dig("+tries=1", "+time=1", "web.svc.internal", "A")).rejects.toThrow();
  },
);

async function logged(muster: Muster, text: string): Promise<void> {
  await eventually(
    () => muster.lines.find((line) => line.includes(text)),
    () => `the log has ${text}:\n${muster.lines.join("\n")}`,
  );
}
