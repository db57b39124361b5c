import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { startMuster } from "./muster.ts";
import { run } from "./processes.ts";
import { testWith } from "./programs.ts";

const client = (name: string) => fileURLToPath(new URL(`clients/${name}`, import.meta.url));

testWith("python3")("Python's standard library registers, discovers and configures", async () => {
  const { url, address, port } = await startMuster();
  expect(lines(await run("python3", client("registry_client.py"), url, address, String(port)))).toEqual([
    "discovered over HTTP in turns: [('10.0.0.7', 8080), ('10.0.0.8', 8081)]",
    "discovered over DNS: [('10.0.0.7', 8080), ('10.0.0.8', 8081)]",
    "configuration over HTTP: {'log.level': 'debug', 'timeout': 30}",
    "configuration over DNS: ['log.level=debug', 'timeout=30']",
    "discovered when gone: None",
    "addresses when gone: []",
    "rcode of a name never heard of: 3",
  ]);
});

testWith("curl", "dig")("a shell with nothing but curl and dig registers, discovers and configures", async () => {
  const { url, address, port } = await startMuster();
  expect(lines(await run("sh", client("curl-and-dig.sh"), url, address, String(port)))).toEqual([
    "registered: 10.0.0.5 10.0.0.6",
    "ports: 10 2560 8080 web-1.i.web.svc.internal. 10 2560 8080 web-2.i.web.svc.internal.",
    "canary: 10.0.0.6",
    'configured: "color=green"',
    "in maintenance: 10.0.0.6",
    "deregistered:",
  ]);
});

function lines(output: string): string[] {
  return output.trimEnd().split("\n");
}
