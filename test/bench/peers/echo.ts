import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Contender, startDns } from "../contender.ts";
import { freePort, isInstalled } from "../processes.ts";

const C_SOURCE = fileURLToPath(new URL("../echo.c", import.meta.url));
const NODE_PROGRAM = fileURLToPath(new URL("../echo.ts", import.meta.url));

/** The floor of whoever sends and receives in batches. */
export const C_ECHO: Contender = {
  name: "C echo",
  isEcho: true,
  async start(place) {
    if (!isInstalled("cc")) return "no C compiler (cc) is installed";
    const program = join(place.directory, "echo");
    const { status, stderr } = spawnSync("cc", ["-O2", "-o", program, C_SOURCE]);
    if (status !== 0) return `it does not compile: ${stderr}`;
    const port = await freePort();
    return startDns(place, port, [program, String(port)]);
  },
};

/** The floor of whoever sends and receives through Node's own sockets. */
export const NODE_ECHO: Contender = {
  name: "dgram echo",
  isEcho: true,
  async start(place) {
    const port = await freePort();
    return startDns(place, port, [process.execPath, ...process.execArgv, NODE_PROGRAM, String(port)]);
  },
};
