import { defineConfig } from 'vitest/config';

export default defineConfig({
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
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [
            'test/integration/**',
            'test/e2e/**',
            'test/long/**',
            'test/interop/**',
            'test/browser/**',
          ],
        },
      },
      { extends: true, test: { name: 'integration', include: ['test/integration/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The HTML report in a real browser; runs only when asked for.
        extends: true,
        test: {
          name: 'browser',
          include: process.env['KVCACHE_BROWSER'] ? ['test/browser/**/*.test.ts'] : [],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Against real counterparts; installs them. Runs only when asked for.
        extends: true,
        test: {
          name: 'interop',
          include: process.env['KVCACHE_INTEROP'] ? ['test/interop/**/*.test.ts'] : [],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
