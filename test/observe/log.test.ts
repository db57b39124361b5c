import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createLogger } from "../../src/observe/log.ts";

function memory(level = "info") {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ level, format: "json" }, { write: (line) => lines.push(JSON.parse(line)) });
  return { logger, lines };
}

test("a line tells time, level, message and fields, and nothing else", () => {
  const { logger, lines } = memory();
  logger.info({ revision: 7 }, "published");
  expect(lines).toEqual([
    { time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), level: "info", revision: 7, msg: "published" },
  ]);
});

test("lines below the level are left out", () => {
  const { logger, lines } = memory("warn");
  logger.info("no");
  logger.warn("yes");
  expect(lines.map(({ msg }) => msg)).toEqual(["yes"]);
});

test("tokens are never logged", () => {
  const { logger, lines } = memory();
  logger.info({ token: "s3cret" });
  logger.info({ settings: { http: { token: "s3cret" } } });
  logger.info({ headers: { authorization: "Bearer s3cret", cookie: "s3cret" } });
  logger.info({ request: { headers: { authorization: "Bearer s3cret" } } });
  expect(lines).toHaveLength(4);
  expect(JSON.stringify(lines)).not.toContain("s3cret");
});

test.each(["json", "pretty"])("the %s log goes to stderr, whole, also before an abrupt exit", async (format) => {
  const program = `
    import { createLogger } from "./src/observe/log.ts";
    const logger = createLogger({ level: "info", format: "${format}" });
    for (let i = 0; i < 100; i++) logger.info({ revision: i }, "published");
    process.exit(0);`;
  const arguments_ = ["--import", "tsx", "--input-type=module", "--eval", program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, arguments_);
  expect(stdout).toBe("");
  expect(stderr.match(/published/g)).toHaveLength(100);
});
