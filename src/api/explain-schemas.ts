import Type from "typebox";
import { RULES } from "../catalog/rule.ts";
import { AnyObject, Name, Revision } from "./schemas.ts";

const Records = Type.Array(
  Type.Object({ name: Type.String(), ttl: Type.Integer(), type: Type.String(), rdata: Type.String() }),
);
export const RuleName = Type.Enum([...RULES]);

const Place = Type.Object(
  {
    zone: Type.String(),
    serial: Type.Integer(),
    outcome: Type.Enum(["answer", "alias", "redirect", "referral", "nodata", "nxdomain"]),
    sources: Type.Array(Type.Enum(["registered", "update", "static"])),
  },
  { description: "Where the name was looked up, and what says something of it; absent when it is in no zone of ours" },
);

const Group = Type.Object(
  {
    rule: RuleName,
    why: Type.Optional(Type.String()),
    answered: Type.Integer(),
    registered: Type.Integer(),
    quorum: Type.Integer({ description: "How many have to be up" }),
    failurePolicy: Type.String(),
    failover: Type.Optional(Type.Array(AnyObject)),
    standIn: Type.Optional(Type.String({ description: "Whose instances are answered instead" })),
    brakes: Type.Optional(Type.Array(AnyObject)),
    selection: Type.String(),
    maxAnswers: Type.Integer(),
  },
  { description: "By which rule the instances of the service, or of the tag, are answered" },
);

const Explained = Type.Object({
  service: Name,
  id: Name,
  state: Type.String(),
  isAnswered: Type.Boolean({ description: "To one client or another, by the rule" }),
  isInAnswer: Type.Optional(Type.Boolean({ description: "In this very answer; absent where the type does not tell" })),
  why: Type.String(),
});

export const Explanation = Type.Object({
  revision: Revision,
  question: Type.Object({ name: Type.String(), type: Type.String(), client: Type.String() }),
  what: Type.String({ description: "What the name is" }),
  place: Type.Optional(Place),
  answer: Type.Object({
    rcode: Type.String(),
    extendedError: Type.Optional(Type.Object({ code: Type.Integer(), text: Type.String() })),
    answer: Records,
    authority: Records,
    additional: Records,
  }),
  group: Type.Optional(Group),
  ttl: Type.Object(
    {
      seconds: Type.Optional(Type.Integer()),
      from: Type.Optional(Type.String({ description: "Which setting says so, and what shortens it" })),
      answered: Type.Optional(Type.Integer({ description: "The lowest in the answer: less when a change is due" })),
    },
    {
      description:
        "Seconds, before anything that is to come shortens them; of an answer without records those of its SOA",
    },
  ),
  leader: Type.Optional(AnyObject),
  instances: Type.Array(Explained),
});
