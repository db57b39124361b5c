import { instancePath, registration } from "./muster.ts";
import { addressOf, META, PORT } from "./table.ts";

/** How one server is told of instances over HTTP. */
export interface Form {
  /** Instances in one request of a batch: as many as the server takes. */
  readonly batchSize: number;
  one(instance: Numbered): Request;
  batch(instances: readonly Numbered[]): Request;
}

export interface Numbered {
  /** Of the instance, among all. */
  readonly n: number;
  readonly service: number;
  readonly id: number;
}

interface Request {
  readonly method: "PUT" | "POST";
  readonly path: string;
  readonly body: object;
}

const MUSTER: Form = {
  batchSize: 1000,
  one: ({ n, service, id }) => ({ method: "PUT", path: instancePath(service, id), body: registration(n) }),
  batch: (instances) => ({ method: "POST", path: "/v1/batch", body: { writes: instances.map(MUSTER.one) } }),
};

const CONSUL: Form = {
  // A transaction takes 64 operations, and an instance is two.
  batchSize: 32,
  one: ({ n, service, id }) => ({
    method: "PUT",
    path: "/v1/agent/service/register",
    body: { Name: `s-${service}`, ID: `s-${service}-i-${id}`, Address: addressOf(n), Port: PORT, Meta: META },
  }),
  batch: (instances) => ({
    method: "PUT",
    path: "/v1/txn",
    body: instances.flatMap(({ n, service, id }) => {
      const node = `i-${id}-s-${service}`;
      const of = { Service: `s-${service}`, ID: `i-${id}`, Port: PORT };
      return [
        { Node: { Verb: "set", Node: { Node: node, Address: addressOf(n), Meta: META } } },
        { Service: { Verb: "set", Node: node, Service: of } },
      ];
    }),
  }),
};

const ETCD: Form = {
  batchSize: 128,
  one: (instance) => ({ method: "POST", path: "/v3/kv/put", body: keyValue(instance) }),
  batch: (instances) => ({
    method: "POST",
    path: "/v3/kv/txn",
    body: { success: instances.map((instance) => ({ requestPut: keyValue(instance) })) },
  }),
};

function keyValue({ n, service, id }: Numbered): object {
  return { key: base64(`inst/s-${service}/i-${id}`), value: base64(JSON.stringify(registration(n))) };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export const FORMS = { Muster: MUSTER, Consul: CONSUL, etcd: ETCD };
