import Type from "typebox";
import { Name, Revision } from "./schemas.ts";

const Token = Type.Integer({
  minimum: 1,
  description: "Greater with each lease: what bears a lower one is of a leader that was",
});
const LeaseSeconds = Type.Number({ minimum: 1, maximum: 86_400 });

export const Candidate = Type.Object(
  { id: Name, leaseSeconds: LeaseSeconds, token: Type.Optional(Token) },
  { additionalProperties: false, description: "With the token of the lease only that one is renewed" },
);

export const LeaderLease = Type.Object({ revision: Revision, token: Token }, { description: "Renewed" });

export const Leader = Type.Object({
  service: Name,
  id: Name,
  token: Token,
  leaseSeconds: LeaseSeconds,
  secondsLeft: Type.Optional(Type.Number({ minimum: 0 })),
  atMs: Type.Integer({ description: "When the lease began: milliseconds since 1970, wall clock" }),
  isAnswered: Type.Boolean({ description: "Whether DNS answers it at leader.<service>" }),
  reason: Type.Optional(Type.String({ description: "Why not" })),
});
