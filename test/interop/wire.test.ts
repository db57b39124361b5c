import { test } from "vitest";
import { attackWire, isAlarm, WIRE_SETTINGS, WIRE_ZONE } from "../fuzz/wire.ts";
import { startMuster } from "./muster.ts";
import { directoryWith } from "./processes.ts";

const PACKETS = 20_000;
const TIMEOUT_MS = 120_000;

test(
  "mutated packets over UDP and TCP cause no exception, no leak and no wrong response (`npm run fuzz -- --wire` sends more)",
  async ({ expect }) => {
    const zones = directoryWith({ "fuzz.zone": WIRE_ZONE });
    const muster = await startMuster({ ...WIRE_SETTINGS, MUSTER_ZONES_DIR: zones });
    await attackWire(muster, { packets: PACKETS, seed: 3 });
    expect(muster.lines.filter(isAlarm)).toEqual([]);
  },
  TIMEOUT_MS,
);
