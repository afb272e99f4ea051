import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders with the longest files first, so that none of them is left for the end while a core is idle. */
const heavyFirst = ['e2e', 'fault', 'conformance', 'differential', 'fuzz'];

function weightOf(specification: TestSpecification): number {
  const place = heavyFirst.findIndex((folder) => specification.moduleId.includes(`/test/${folder}/`));
  return place < 0 ? heavyFirst.length : place;
}

class HeavyFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((left, right) => weightOf(left) - weightOf(right));
  }
}

/** Scripts are not used by the engine yet, and one comparison in some hundred runs differs: see docs/scripting.md. */
const apart = process.env.LOCKSTEP_TEST_SCRIPTS === undefined ? ['test/differential/scripts/**'] : [];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...apart],
    pool: 'forks',
    maxWorkers: 2,
    // Limits end what hangs. They say nothing of speed: a busy machine may be ten times slower than an idle one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 20_000,
    slowTestThreshold: 5_000,
    sequence: { sequencer: HeavyFirst },
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
  },
});
