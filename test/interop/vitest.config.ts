import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/interop/**/*.test.ts"],
    pool: "forks",
    testTimeout: 60_000,
    reporters: ["default", "./test/interop/skipped-reporter.ts"],
  },
});
