import { Networks } from "../../src/dns/networks.ts";
import { Cookies } from "../../src/server/cookies.ts";
import type { RequestSettings } from "../../src/server/request.ts";

/** Those of a server of which nothing is configured, at a certain time. */
export const OPTIONS: RequestSettings = {
  keys: new Map(),
  nowSeconds: () => 1_700_000_000,
  identity: undefined,
  cookies: new Cookies(["0123456789abcdef"]),
  idleMs: 10_000,
  largeTo: new Networks([]),
};
