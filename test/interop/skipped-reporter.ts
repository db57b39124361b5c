import type { Reporter, TestModule } from "vitest/node";

/**
 * Prints at the end which tests did not run, and why: a run that skipped must not look like one that passed. A class and
 * a default export because vitest constructs what it finds there.
 */
// biome-ignore lint/style/noDefaultExport: see above.
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        const result = test.result();
        const reason = result.state === "skipped" ? result.note : undefined;
        console.log(`skipped: ${test.fullName}: ${reason ?? "no reason given"}`);
      }
    }
  }
}
