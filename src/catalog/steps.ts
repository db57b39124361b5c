/** Work that may stop after each of its steps, to be gone on with when others have had their turn. */
export type Steps<T> = Generator<void, T>;

/** What the work comes to, done to its end now. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
