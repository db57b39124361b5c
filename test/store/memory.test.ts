import { createMemoryStore } from "../../src/store/memory.ts";
import { storeContract } from "./contract.ts";

storeContract("memory", () => ({ open: async (options) => createMemoryStore(options), dispose: async () => {} }), [
  {
    reason: "its data ends with it",
    tests: [
      "opened again it has its table, its revision and its log",
      "opened again with everything compacted it goes on counting",
      "opened again it grants the dead process's sessions a full ttl, then ends them",
    ],
  },
]);
