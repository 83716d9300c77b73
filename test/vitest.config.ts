import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Suites that the test command leaves out: slow, or in need of something that npm does not install. */
const APART = ['test/long/**', 'test/interop/**', 'test/browser/**'];

/** Programs that import half of PyPI before they do anything, on a machine that does other things too. */
const INTEROP_MS = 300_000;

/** Times answers of real routers, many cases long. */
const VERDICTS = 'test/interop/routers/verdict.test.ts';

/** A tier of the interop suites that has its own folder, for what takes long or has to be brought along. */
const interopTier = (tier: string) => ({
  extends: true as const,
  test: {
    name: `interop-${tier}`,
    include: [`test/interop/${tier}/**/*.test.ts`],
    testTimeout: INTEROP_MS,
    // What one file starts takes both cores.
    fileParallelism: false,
  },
});

export default defineConfig({
  root: join(import.meta.dirname, '..'),
  test: {
    // Two cores: more workers only make the timing-sensitive suites wait for each other.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Our modules hold no state, so that a worker need not load them again for every file.
          isolate: false,
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/integration/**', 'test/e2e/**', ...APART],
        },
      },
      { extends: true, test: { name: 'integration', include: ['test/integration/**/*.test.ts'] } },
      {
        // The built bin and its children.
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Slow or timing-sensitive: on an otherwise quiet machine.
        extends: true,
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The HTML report in a real browser.
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      // Against real counterparts; each tier installs its own.
      {
        extends: true,
        test: {
          name: 'interop-light',
          include: ['test/interop/**/*.test.ts'],
          exclude: ['test/interop/vllm/**', 'test/interop/pixiu/**', VERDICTS],
          testTimeout: INTEROP_MS,
          maxConcurrency: 3,
        },
      },
      {
        // After the others: what it measures must not wait for them.
        extends: true,
        test: {
          name: 'interop-light-verdicts',
          include: [VERDICTS],
          testTimeout: INTEROP_MS,
          maxConcurrency: 3,
          sequence: { groupOrder: 1 },
        },
      },
      interopTier('vllm'),
      interopTier('pixiu'),
    ],
  },
});
