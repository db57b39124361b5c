import { addressOctets } from "../dns/networks.ts";
import { type Octets, readU32, u32 } from "../dns/octets.ts";
import { sipHash24 } from "../dns/siphash.ts";

/** What a COOKIE option says of its sender (RFC 7873 §5.2). Only "valid" proves that the address is not forged. */
export type CookieState = "absent" | "malformed" | "unproven" | "invalid" | "valid";

/** Octets of a COOKIE option: the client's part, all before the hash of a server cookie of version 1, and all of it. */
const CLIENT_OCTETS = 8;
const HASHED_OCTETS = 16;
const COOKIE_OCTETS = 24;
const TIMESTAMP_AT = 12;
/** Version 1 and three reserved octets (RFC 9018 §4.1, §4.2). */
const VERSION_1 = "\x01\0\0\0";

/** How old a cookie may be, how far in the future, and from when on it is renewed (RFC 9018 §4.3). */
const AGE_SECONDS_MAX = 3600;
const AHEAD_SECONDS_MAX = 300;
const RENEWAL_SECONDS = 1800;

/** Judged and answered: what the option in the response holds, empty when there is none. */
interface CookieReply {
  readonly state: CookieState;
  readonly octets: Octets;
}

export const NO_COOKIE: CookieReply = { state: "absent", octets: "" };
const MALFORMED: CookieReply = { state: "malformed", octets: "" };

/** Server cookies that every server with the same secrets accepts, whoever made them (RFC 9018). */
export class Cookies {
  readonly #secrets: readonly Octets[];

  /** One secret at least, of 16 octets each: the first makes cookies, all are accepted, so that they can be rolled over. */
  constructor(secrets: readonly Octets[]) {
    this.#secrets = secrets;
  }

  /** Answers a COOKIE option of the client at `address`. */
  reply(cookie: Octets, address: string, nowSeconds: number): CookieReply {
    const { length } = cookie;
    const hasServerPart = length >= 16 && length <= 40;
    if (length !== CLIENT_OCTETS && !hasServerPart) return MALFORMED;
    const from = addressOctets(address) ?? "";
    const isTimely = isVersion1(cookie) && isInTime(ageSeconds(cookie, nowSeconds));
    const secret = isTimely ? this.#secrets.find((one) => isMadeWith(one, cookie, from)) : undefined;
    const isNewest = secret !== undefined && secret === this.#secrets[0];
    if (isNewest && ageSeconds(cookie, nowSeconds) <= RENEWAL_SECONDS) return { state: "valid", octets: cookie };
    const head = cookie.slice(0, CLIENT_OCTETS) + VERSION_1 + u32(nowSeconds);
    const octets = head + sipHash24(this.#secrets[0]!, head + from);
    return { state: secret !== undefined ? "valid" : hasServerPart ? "invalid" : "unproven", octets };
  }
}

function isVersion1(cookie: Octets): boolean {
  return cookie.length === COOKIE_OCTETS && cookie[CLIENT_OCTETS] === VERSION_1[0];
}

/** Negative when the cookie is from the future: timestamps are serials (RFC 1982). */
function ageSeconds(cookie: Octets, nowSeconds: number): number {
  return (nowSeconds - readU32(cookie, TIMESTAMP_AT)) | 0;
}

function isInTime(seconds: number): boolean {
  return seconds >= -AHEAD_SECONDS_MAX && seconds <= AGE_SECONDS_MAX;
}

/** The reserved octets are hashed and otherwise not looked at (RFC 9018 §4.2, §4.4). */
function isMadeWith(secret: Octets, cookie: Octets, from: Octets): boolean {
  return sipHash24(secret, cookie.slice(0, HASHED_OCTETS) + from) === cookie.slice(HASHED_OCTETS);
}
