import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { octetsOf } from "../../src/dns/octets.ts";
import { Cookies } from "../../src/server/cookies.ts";

const octets = (hex: string) => octetsOf(Buffer.from(hex, "hex"));
const hex = (text: string) => Buffer.from(text, "latin1").toString("hex");

const SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf";
const OLD_SECRET = "dd3bdf9344b678b185a6f5cb60fca715";
const NEW_SECRET = "445536bcd2513298075a5d379663c962";
const IPV6 = "2001:db8:220:1:59de:d0f4:8769:82b8";

describe("the vectors of RFC 9018 appendix A", () => {
  test.each([
    ["A.1", SECRET, "198.51.100.100", "2464c4abcf10c957", 1559731985, "010000005cf79f111f8130c3eee29480"],
    ["A.2", SECRET, "198.51.100.100", "2464c4abcf10c957", 1559734385, "010000005cf7a871d4a564a1442aca77"],
    ["A.3", SECRET, "203.0.113.203", "fc93fc62807ddb86", 1559734700, "010000005cf7a9acf73a7810aca2381e"],
    ["A.4", NEW_SECRET, IPV6, "22681ab97d52c298", 1559741961, "010000005cf7c609a6bb79d16625507a"],
  ])("%s: the cookie that is made", (_, secret, address, client, nowSeconds, server) => {
    const { state, octets: made } = new Cookies([octets(secret)]).reply(octets(client), address, nowSeconds);
    expect([state, hex(made)]).toEqual(["unproven", client + server]);
  });

  test.each([
    ["A.2", [SECRET], "198.51.100.100", "2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559731985],
    // The example's answer comes 1 h 52 min later, when the limit of §4.3 is past.
    [
      "A.3, reserved octets set",
      [SECRET],
      "203.0.113.203",
      "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
      1559727985,
    ],
    [
      "A.4, rolled over",
      [NEW_SECRET, OLD_SECRET],
      IPV6,
      "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
      1559741961,
    ],
  ])("%s: the cookie that is accepted", (_, secrets, address, cookie, nowSeconds) => {
    expect(new Cookies(secrets.map(octets)).reply(octets(cookie), address, nowSeconds).state).toBe("valid");
  });
});

const CLIENT = octets("2464c4abcf10c957");
const MADE_SECONDS = 1_700_000_000;
const cookies = new Cookies([octets(SECRET)]);
const cookie = cookies.reply(CLIENT, "192.0.2.1", MADE_SECONDS).octets;

test.each([
  ["at once", 0, "valid", "the same"],
  ["half an hour old", 1800, "valid", "the same"],
  ["older: renewed", 1801, "valid", "another"],
  ["an hour old", 3600, "valid", "another"],
  ["older than an hour", 3601, "invalid", "another"],
  ["five minutes ahead", -300, "valid", "the same"],
  ["further ahead", -301, "invalid", "another"],
])("a cookie %s (RFC 9018 §4.3)", (_, seconds, state, answer) => {
  const reply = cookies.reply(cookie, "192.0.2.1", MADE_SECONDS + seconds);
  expect([reply.state, reply.octets === cookie ? "the same" : "another"]).toEqual([state, answer]);
});

test("timestamps are compared as serials, over the end of 32 bits (RFC 9018 §4.3)", () => {
  const last = cookies.reply(CLIENT, "192.0.2.1", 2 ** 32 - 10).octets;
  expect(cookies.reply(last, "192.0.2.1", 2 ** 32 + 60).state).toBe("valid");
});

test.each([
  ["another client's", cookie, "192.0.2.2", "invalid"],
  ["of an IPv4-mapped address", cookie, "::ffff:192.0.2.1", "valid"],
  ["of another version", cookie.replace("\x01\0\0\0", "\x02\0\0\0"), "192.0.2.1", "invalid"],
  ["with another hash", `${cookie.slice(0, 23)}\0`, "192.0.2.1", "invalid"],
  ["of another server's making", `${CLIENT}12345678`, "192.0.2.1", "invalid"],
  ["longest", CLIENT + "x".repeat(32), "192.0.2.1", "invalid"],
  ["too long", CLIENT + "x".repeat(33), "192.0.2.1", "malformed"],
  ["with too short a server part", `${CLIENT}1234567`, "192.0.2.1", "malformed"],
  ["too short", "1234567", "192.0.2.1", "malformed"],
  ["empty", "", "192.0.2.1", "malformed"],
  ["only the client's part", CLIENT, "192.0.2.1", "unproven"],
])("a cookie %s (RFC 7873 §5.2)", (_, sent, address, state) => {
  expect(cookies.reply(sent, address, MADE_SECONDS).state).toBe(state);
});

test("secrets are rolled over (RFC 9018 §5): what an old one made is accepted, and renewed with the first", () => {
  const [older, newer] = [octets(OLD_SECRET), octets(NEW_SECRET)];
  const old = new Cookies([older]).reply(CLIENT, "192.0.2.1", MADE_SECONDS).octets;
  const reply = new Cookies([newer, older]).reply(old, "192.0.2.1", MADE_SECONDS + 1);
  expect(reply.state).toBe("valid");
  expect(new Cookies([newer]).reply(reply.octets, "192.0.2.1", MADE_SECONDS + 2).state).toBe("valid");
  expect(new Cookies([newer]).reply(old, "192.0.2.1", MADE_SECONDS + 1).state).toBe("invalid");
});

test("whatever is sent, the answer is good for its sender, and nothing else is", () => {
  const sent = fc.uint8Array({ maxLength: 48 }).map((bytes) => octetsOf(bytes));
  const run = (guess: string, nowSeconds: number) => {
    const { state, octets: answer } = cookies.reply(guess, "192.0.2.7", nowSeconds);
    expect(state).not.toBe("valid");
    if (state === "malformed") expect(answer).toBe("");
    else expect(cookies.reply(answer, "192.0.2.7", nowSeconds)).toEqual({ state: "valid", octets: answer });
  };
  fc.assert(fc.property(sent, fc.nat(), run));
});
