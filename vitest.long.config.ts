import { defineConfig } from 'vitest/config';

/** Slow or timing-sensitive suites, run one after the other on an otherwise quiet machine. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
