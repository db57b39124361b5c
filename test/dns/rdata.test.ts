import { expect, test } from "vitest";
import { nameText, parseName } from "../../src/dns/name.ts";
import { bytesOf } from "../../src/dns/octets.ts";
import { compressibleLayout, nameLayout, parseRdata, rdataText, targetOf, targetOffset } from "../../src/dns/rdata.ts";
import { TYPE_ROWS } from "../../src/dns/rdata-table.ts";
import { hexOctets } from "../../src/dns/text-encodings.ts";
import { isDataType, typeNumber, typeText } from "../../src/dns/type-names.ts";
import { tokensOf } from "./tokens-of.ts";

const ORIGIN = parseName("example.com.");

/** Type, text as a person writes it under example.com., wire form, and the text it comes back as when that differs. */
const RECORDS: readonly (readonly [type: string, text: string, wire: string, canonical?: string])[] = [
  ["A", "192.0.2.1", "c0000201"],
  ["NS", "ns1", "036e7331076578616d706c6503636f6d00", "ns1.example.com."],
  ["CNAME", "@", "076578616d706c6503636f6d00", "example.com."],
  [
    "SOA",
    String.raw`ns1 host\.master 2024010101 1d 2h 4w 300`,
    "036e7331076578616d706c6503636f6d000b686f73742e6d6173746572076578616d706c6503636f6d0078a3f1750001518000001c200024ea000000012c",
    String.raw`ns1.example.com. host\.master.example.com. 2024010101 86400 7200 2419200 300`,
  ],
  ["MB", "host.example.", "04686f7374076578616d706c6500"],
  ["MG", "list.example.", "046c697374076578616d706c6500"],
  ["MR", "new.example.", "036e6577076578616d706c6500"],
  ["PTR", String.raw`My\032Printer._ipp._tcp.example.`, "0a4d79205072696e746572045f697070045f746370076578616d706c6500"],
  ["HINFO", '"PDP-11/70" UNIX', "095044502d31312f373004554e4958", '"PDP-11/70" "UNIX"'],
  ["MINFO", "owner.example. errors.example.", "056f776e6572076578616d706c6500066572726f7273076578616d706c6500"],
  ["MX", "10 Mail.Example.", "000a044d61696c074578616d706c6500"],
  ["MX", "0 .", "000000"],
  [
    "TXT",
    String.raw`"" plain "two words" "q\"b\\c\200"`,
    "0005706c61696e0974776f20776f726473067122625c63c8",
    String.raw`"" "plain" "two words" "q\"b\\c\200"`,
  ],
  ["TXT", "ü", "02c3bc", String.raw`"\195\188"`],
  ["RP", "admin.example. .", "0561646d696e076578616d706c650000"],
  ["AFSDB", "1 afs.example.", "000103616673076578616d706c6500"],
  ["X25", '"311061700956"', "0c333131303631373030393536"],
  ["RT", "2 relay.example.", "00020572656c6179076578616d706c6500"],
  [
    "SIG",
    "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1",
    "00010503000151803e7c9dd73e5510d70a52076578616d706c6503636f6d00a09075",
  ],
  ["KEY", "256 3 5 AQPS", "010003050103d2"],
  ["PX", "10 net2.example. prmd.example.", "000a046e657432076578616d706c65000470726d64076578616d706c6500"],
  ["GPOS", '"-32.6882" "116.8652" "10.0"', "082d33322e36383832083131362e383635320431302e30"],
  ["AAAA", "2001:DB8:0:0:1:0:0:1", "20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
  ["AAAA", "::ffff:192.0.2.1", "00000000000000000000ffffc0000201"],
  ["AAAA", "::", "00000000000000000000000000000000"],
  [
    "LOC",
    "42 21 54 N 71 06 18 W -24m 30m",
    "0033161389172dd070be15f000988d20",
    "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m",
  ],
  [
    "LOC",
    "90 S 180 E 42849672.95 0 0.01 90000000m",
    "000010996cb02700a69fb200ffffffff",
    "90 0 0.000 S 180 0 0.000 E 42849672.95m 0.00m 0.01m 90000000.00m",
  ],
  [
    "SRV",
    "0 2560 8080 a.i.web",
    "00000a001f900161016903776562076578616d706c6503636f6d00",
    "0 2560 8080 a.i.web.example.com.",
  ],
  ["SRV", "0 0 0 .", "00000000000000"],
  [
    "NAPTR",
    '100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.gatech.edu.',
    "0064003201730d7a333935302b49324c2b49324300065f7a33393530045f746370066761746563680365647500",
  ],
  [
    "NAPTR",
    '100 10 u E2U+sip "!^.*$!sip:info@example.com!" .',
    "0064000a0175074532552b7369701b215e2e2a24217369703a696e666f406578616d706c652e636f6d2100",
    '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .',
  ],
  ["KX", "10 kx.example.", "000a026b78076578616d706c6500"],
  ["CERT", "PKIX 1 RSASHA256 AAAA", "0001000108000000", "1 1 8 AAAA"],
  ["DNAME", "frobozz-division.acme.example.", "1066726f626f7a7a2d6469766973696f6e0461636d65076578616d706c6500"],
  [
    "DS",
    "60485 RSASHA1 1 2BB183AF5F22588179A53B0A 98631FAD1A292118",
    "ec4505012bb183af5f22588179a53b0a98631fad1a292118",
    "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
  ],
  [
    "SSHFP",
    "2 1 123456789abcdef67890123456789abcdef67890",
    "0201123456789abcdef67890123456789abcdef67890",
    "2 1 123456789ABCDEF67890123456789ABCDEF67890",
  ],
  [
    "RRSIG",
    "A 5 3 86400 1048354263 20030220173103 2642 example.com. oJB1W6WNGv+l dvQ3",
    "00010503000151803e7c9dd73e5510d70a52076578616d706c6503636f6d00a090755ba58d1affa576f437",
    "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1W6WNGv+ldvQ3",
  ],
  [
    "NSEC",
    "host.example.com. A MX RRSIG NSEC TYPE1234",
    "04686f7374076578616d706c6503636f6d000006400100000003041b000000000000000000000000000000000000000000000000000020",
  ],
  ["DNSKEY", "256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3", "010003050103d22a6ca77f35b893206fd35e4c506d83788437"],
  [
    "DHCID",
    "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
    "000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40",
  ],
  [
    "NSEC3",
    "1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG",
    "0101000c04aabbccdd1417f3df17b2b2adaef615257de4d2020b80ac6c7c0006400000000002",
    "1 1 12 AABBCCDD 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S A RRSIG",
  ],
  ["NSEC3", "1 0 0 - 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S", "01000000001417f3df17b2b2adaef615257de4d2020b80ac6c7c"],
  ["NSEC3PARAM", "1 0 12 aabbccdd", "0100000c04aabbccdd", "1 0 12 AABBCCDD"],
  [
    "TLSA",
    "0 0 1 D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971",
    "000001d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971",
  ],
  ["SMIMEA", "3 1 1 D2ABDE24", "030101d2abde24"],
  ["TALINK", "h0.example. h2.example.", "026830076578616d706c6500026832076578616d706c6500"],
  ["CDS", "0 0 0 00", "0000000000"],
  ["CDNSKEY", "0 3 0 AA==", "0000030000"],
  ["OPENPGPKEY", "mQCNAzIG", "99008d033206"],
  ["CSYNC", "66 3 A NS AAAA", "000000420003000460000008"],
  [
    "ZONEMD",
    "2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE",
    "7848b78c0101febe3d4ce2ec2ffa4ba99d46cd69d6d29711e55217057bee",
  ],
  ["SPF", '"v=spf1 -all"', "0b763d73706631202d616c6c"],
  ["NID", "10 0014:4fff:ff20:ee64", "000a00144fffff20ee64"],
  ["L32", "10 10.1.2.0", "000a0a010200"],
  ["L64", "10 2001:db8:1140:1000", "000a20010db811401000", "10 2001:0db8:1140:1000"],
  ["LP", "10 l64-subnet1.example.", "000a0b6c36342d7375626e657431076578616d706c6500"],
  ["EUI48", "00-00-5E-00-53-2A", "00005e00532a", "00-00-5e-00-53-2a"],
  ["EUI64", "00-00-5e-ef-10-00-00-2a", "00005eef1000002a"],
  ["URI", '10 1 "ftp://ftp1.example.com/public"', "000a00016674703a2f2f667470312e6578616d706c652e636f6d2f7075626c6963"],
  [
    "CAA",
    '0 issue "ca1.example.net; account=230123"',
    "000569737375656361312e6578616d706c652e6e65743b206163636f756e743d323330313233",
  ],
  ["CAA", '128 tbs ""', "8003746273"],
  ["AVC", '"app-name:WOLFGANG|app-class:OAM"', "1f6170702d6e616d653a574f4c4647414e477c6170702d636c6173733a4f414d"],
  [
    "RESINFO",
    'qnamemin exterr=15-17 "infourl=https://resolver.example.com/guide"',
    "08716e616d656d696e0c6578746572723d31352d31372a696e666f75726c3d68747470733a2f2f7265736f6c7665722e6578616d706c652e636f6d2f6775696465",
    '"qnamemin" "exterr=15-17" "infourl=https://resolver.example.com/guide"',
  ],
  [
    "WALLET",
    '"ETH" "0x314159265dd8dbb310642f98f50c066173c1259b"',
    "034554482a307833313431353932363564643864626233313036343266393866353063303636313733633132353962",
  ],
  ["TYPE65280", String.raw`\# 4 0a00 0001`, "0a000001", String.raw`\# 4 0A000001`],
  ["TYPE731", String.raw`\# 0`, ""],
  ["A", String.raw`\# 4 0a000001`, "0a000001", "10.0.0.1"],
];

/** RFC 9460 Appendix D. */
const SVCB: typeof RECORDS = [
  ["SVCB", "0 foo.example.com.", "000003666f6f076578616d706c6503636f6d00"],
  ["SVCB", "1 .", "000100"],
  ["SVCB", "16 foo.example.com. port=53", "001003666f6f076578616d706c6503636f6d00000300020035"],
  ["SVCB", '1 foo.example.com. key667="hello"', "000103666f6f076578616d706c6503636f6d00029b000568656c6c6f"],
  [
    "SVCB",
    String.raw`1 foo.example.com. key667="hello\210qoo"`,
    "000103666f6f076578616d706c6503636f6d00029b000968656c6c6fd2716f6f",
  ],
  [
    "SVCB",
    '1 foo.example.com. ( ipv6hint="2001:db8::1,2001:db8::53:1" )',
    "000103666f6f076578616d706c6503636f6d000006002020010db800000000000000000000000120010db8000000000000000000530001",
    "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1",
  ],
  [
    "SVCB",
    '1 example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
    "0001076578616d706c6503636f6d000006001020010db80122034400000000c0000221",
    "1 example.com. ipv6hint=2001:db8:122:344::c000:221",
  ],
  [
    "SVCB",
    "16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )",
    "001003666f6f076578616d706c65036f7267000000000400010004000100090268320568332d313900040004c0000201",
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    "SVCB",
    String.raw`16 foo.example.org. alpn="f\\\\oo\\,bar,h2"`,
    "001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832",
  ],
  [
    "SVCB",
    String.raw`16 foo.example.org. alpn=f\\\092oo\092,bar,h2`,
    "001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832",
    String.raw`16 foo.example.org. alpn="f\\\\oo\\,bar,h2"`,
  ],
  [
    "HTTPS",
    '1 . no-default-alpn ech="AEj+DQ==" alpn=h3 dohpath=/q{?dns} ohttp',
    "0001000001000302683300020000000500040048fe0d000700082f717b3f646e737d00080000",
    '1 . alpn="h3" no-default-alpn ech=AEj+DQ== dohpath="/q{?dns}" ohttp',
  ],
  ["HTTPS", String.raw`1 . key1="\002h2" key3="\000\053"`, "00010000010003026832000300020035", '1 . alpn="h2" port=53'],
];

test.for([...RECORDS, ...SVCB])("%s %s is %s on the wire", ([mnemonic, text, wire, canonical = text]) => {
  const type = typeNumber(mnemonic)!;
  const rdata = parseRdata(type, tokensOf(text), ORIGIN);
  expect(Buffer.from(bytesOf(rdata)).toString("hex")).toBe(wire);
  expect(rdataText(type, rdata)).toBe(canonical);
  expect(parseRdata(type, tokensOf(canonical), undefined)).toBe(rdata);
});

test("every type of the table has an example", () => {
  const shown = new Set([...RECORDS, ...SVCB].map(([mnemonic]) => mnemonic));
  expect([...TYPE_ROWS.values()].map((row) => row.mnemonic).filter((mnemonic) => !shown.has(mnemonic))).toEqual([]);
});

test.each([
  ["A", "0a0000"],
  ["A", "0a00000100"],
  ["MX", "000a0161"],
  ["NS", "c00c"],
  ["TXT", ""],
  ["TXT", "0561"],
  ["HINFO", "0161"],
  ["NSEC", "000000"],
  ["NSEC", "0000010000"],
  ["NSEC", "0001014000000140"],
  ["NSEC", "0000"],
  ["NSEC3", "010000000000"],
  ["CAA", "0000"],
  ["CAA", "00012d"],
  ["DS", "00010801"],
  ["LOC", "01000000800000008000000000989680"],
  ["LOC", "00a00000800000008000000000989680"],
  ["LOC", "00000000000000008000000000989680"],
  ["SVCB", "000100ffff0000"],
  ["SVCB", "00010000030002003500010003026832"],
  ["SVCB", "0001000003000135"],
  ["SVCB", "00010000020000"],
  ["SVCB", "000100000000020004"],
  ["SVCB", "0001000001000400026832"],
])("%s RDATA %s does not fit its type and is written as RFC 3597 has it", (mnemonic, hex) => {
  const generic = `\\# ${hex.length / 2} ${hex.toUpperCase()}`.trimEnd();
  const type = typeNumber(mnemonic)!;
  expect(rdataText(type, hexOctets(hex)!)).toBe(generic);
  expect(() => parseRdata(type, tokensOf(generic), ORIGIN)).toThrow(`RDATA must fit the type ${mnemonic}`);
});

test.each([
  ["a", 1],
  ["Https", 65],
  ["TYPE1", 1],
  ["type65280", 65_280],
  ["TYPE65536", undefined],
  ["TYPE", undefined],
  ["TYPE-1", undefined],
  ["ANY", 255],
  ["AXFR", 252],
  ["IXFR", 251],
  ["OPT", 41],
  ["constructor", undefined],
  ["", undefined],
])("typeNumber(%j) is %s", (text, number) => {
  expect(typeNumber(text)).toBe(number);
});

test.each([
  [1, "A", true],
  [0, "TYPE0", false],
  [41, "OPT", false],
  [128, "NXNAME", false],
  [255, "ANY", false],
  [256, "URI", true],
  [65_280, "TYPE65280", true],
  [65_535, "TYPE65535", false],
])("type %i is %s, and that a zone may hold it is %s", (number, text, isData) => {
  expect(typeText(number)).toBe(text);
  expect(isDataType(number)).toBe(isData);
});

test.each([
  ["NS", ["name"], ["name"]],
  ["SOA", ["name", "name", 20], ["name", "name", 20]],
  ["MX", [2, "name"], [2, "name"]],
  ["MINFO", ["name", "name"], ["name", "name"]],
  ["A", undefined, [4]],
  ["SRV", undefined, [6, "name"]],
  ["RP", undefined, ["name", "name"]],
  ["RRSIG", undefined, [18, "name"]],
  ["NAPTR", undefined, [4]],
  ["DNAME", undefined, ["name"]],
  ["TYPE65280", undefined, []],
])("names in %s RDATA may be compressed at %j and stand at %j", (mnemonic, compressible, all) => {
  expect(compressibleLayout(typeNumber(mnemonic)!)).toEqual(compressible);
  expect(nameLayout(typeNumber(mnemonic)!)).toEqual(all);
});

test.each<[mnemonic: string, text: string, offset: number, target: string | undefined]>([
  ["NS", "ns.example.", 0, "ns.example."],
  ["MX", "10 mx.example.", 2, "mx.example."],
  ["MX", "0 .", 2, undefined],
  ["SRV", "1 2 3 a.example.", 6, "a.example."],
  ["SRV", "0 0 0 .", 6, undefined],
  ["SVCB", "1 svc.example. port=53", 2, "svc.example."],
  ["HTTPS", "1 . alpn=h2", 2, undefined],
  ["AFSDB", "1 afs.example.", 2, "afs.example."],
  ["KX", "1 kx.example.", 2, "kx.example."],
  ["CNAME", "c.example.", -1, undefined],
  ["A", "192.0.2.1", -1, undefined],
])("the addresses that belong beside %s %s: offset %i, name %s", (mnemonic, text, offset, target) => {
  const type = typeNumber(mnemonic)!;
  const name = targetOf(type, parseRdata(type, tokensOf(text), undefined));
  expect(targetOffset(type)).toBe(offset);
  expect(name && nameText(name)).toBe(target);
});

test.each(["", "\0", "\0\x0a\x05a", "\0\x0a\xc0\x0c"])("RDATA cut short has no target: %j", (rdata) => {
  expect(targetOf(typeNumber("MX")!, rdata)).toBeUndefined();
});
