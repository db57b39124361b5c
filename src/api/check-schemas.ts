import Type, { type TProperties } from "typebox";
import { HTTP_METHODS } from "../catalog/check.ts";
import { LIMITS, NAME_PATTERN } from "../catalog/model.ts";

/** The shapes of checks, one for each kind. */

const closed = { additionalProperties: false };
const text = (description: string) => Type.Optional(Type.String({ description }));

/** Results in a row that make a state, 1 by default. */
export const RowOf1 = Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 1 }));

const timing = {
  intervalSeconds: Type.Optional(
    Type.Number({ minimum: 0.1, maximum: 3600, description: "10 by default; 1 for an alias" }),
  ),
  timeoutSeconds: Type.Optional(
    Type.Number({ minimum: 0.05, description: "Below the interval; 5, or half the interval, by default" }),
  ),
  passAfter: RowOf1,
  failAfter: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 2 })),
};

const endpoint = {
  address: text("The instance's first one by default"),
  port: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 65_535, description: "The instance's first one by default" }),
  ),
};

const Payload = Type.Union([Type.String(), Type.Object({ hex: Type.String() }, closed)], {
  description: 'Text, or octets as {"hex": "ff 00"}',
});

const TlsOptions = Type.Object(
  {
    serverName: text("Name to ask for (SNI), which the certificate must bear; the host by default"),
    ca: text("Certificates in PEM to trust instead of the well-known authorities"),
    skipVerify: Type.Optional(Type.Boolean({ description: "Any certificate will do" })),
    certificate: text("The client's certificate in PEM"),
    key: text('Its key in PEM; shows as "***"'),
  },
  closed,
);

const BodyExpectation = Type.Object(
  {
    text: text("The body contains it"),
    pattern: text("A regular expression that the body matches somewhere"),
    pointer: text("A JSON pointer (RFC 6901) that finds something in the body"),
    equals: Type.Optional(
      Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], {
        description: "What pointer must find",
      }),
    ),
  },
  { ...closed, description: "One of text, pattern and pointer" },
);

const kinds = [
  kind("http", "Passes with the expected status and body; 429 warns", {
    url: Type.String({ description: "A URL, or a path on the instance's first address and port" }),
    method: Type.Optional(Type.Enum([...HTTP_METHODS], { default: "GET" })),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Values show as "***", but for harmless ones such as Accept and Host',
      }),
    ),
    body: text("What is sent"),
    expectStatus: Type.Optional(
      Type.Array(Type.Union([Type.Integer(), Type.String()]), {
        description: '404 or "200-299", which is the default',
      }),
    ),
    expectBody: Type.Optional(BodyExpectation),
    redirects: Type.Optional(Type.Integer({ minimum: 0, maximum: 10, default: 0, description: "Followed at most" })),
    tls: Type.Optional(TlsOptions),
  }),
  kind("tcp", "Passes when a connection is taken, and answered as expected", {
    ...endpoint,
    send: Type.Optional(Payload),
    expect: Type.Optional(Payload),
  }),
  kind("tls", "Passes when a handshake succeeds and the certificate stays valid", {
    ...endpoint,
    tls: Type.Optional(TlsOptions),
    warningDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 3650, description: "Warns with fewer days left" })),
    criticalDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 3650, description: "Fails with fewer days left" })),
  }),
  kind("udp", "Passes when the expected datagram comes back; without expect, unless it is refused", {
    ...endpoint,
    send: Payload,
    expect: Type.Optional(Payload),
  }),
  kind("dns", "Passes when a query is answered as expected", {
    ...endpoint,
    name: Type.String(),
    type: Type.Optional(Type.String({ default: "A" })),
    expectRcode: Type.Optional(Type.String({ default: "NOERROR" })),
    expectAnswer: text("RDATA that one record must have, such as 10.0.0.5"),
  }),
  kind("grpc", "Passes when grpc.health.v1 says SERVING", {
    ...endpoint,
    service: text("The server as a whole by default"),
    tls: Type.Optional(TlsOptions),
  }),
  kind("exec", "Exit 0 passes, 1 warns, all else fails; only where the setting checks.exec allows it", {
    command: Type.Array(Type.String(), { minItems: 1, description: "Program and arguments; no shell reads them" }),
  }),
  kind("alias", "Follows another service, of which one instance must pass, or one instance of it", {
    service: Type.String({ pattern: NAME_PATTERN.source }),
    instance: Type.Optional(Type.String({ pattern: NAME_PATTERN.source })),
  }),
];

function kind(name: string, description: string, properties: TProperties) {
  return Type.Object({ kind: Type.Literal(name), ...properties, ...timing }, { ...closed, description });
}

export const Checks = Type.Array(Type.Union(kinds), { maxItems: LIMITS.checks });

/** Without the shapes: serialisers would first have to find out which of them it is, and compile what finds it out. */
export const ShownChecks = Type.Array(Type.Object({}, { additionalProperties: true }), {
  description: 'As registered, with "***" for secrets',
});
