/**
 * Calls into code outside this folder at the end of a batch, so that one failing callback neither keeps the others
 * from running nor the batch's output from leaving. One per transport, its thread only.
 */

/** Lets `error` surface as an uncaught exception of this thread once the current batch has been finished. */
export function raiseLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

export class BatchHooks {
  private readonly hooks: (() => void)[] = [];

  add(hook: () => void): void {
    this.hooks.push(hook);
  }

  /** Runs all hooks in order of registration; never throws. */
  run(): void {
    const hooks = this.hooks;
    for (let index = 0; index < hooks.length; index++) {
      try {
        (hooks[index] as () => void)();
      } catch (error) {
        raiseLater(error);
      }
    }
  }
}
