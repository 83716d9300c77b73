import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/net/listen.ts';
import { createWatchServer } from '../../src/watch/server.ts';
import { browserOf, CHROMIUM_MISSING, faintest, overflowOf } from './chromium.ts';

const SHOTS = process.env['KVCACHE_SCREENSHOTS'];

const engine = (id: string, isUp: boolean) => ({
  id,
  isUp,
  requests: 400,
  hitRate: 0.8123,
  externalHitRate: null,
  requestShare: 0.5,
  ttftMeanS: 0.1234,
});
const ENGINES = [engine('engine-a', true), engine('vllm-of-a-long-name-7f9c', false)];
const NOTHING = { engines: [], requests: null, hitRate: null, externalHitRate: null };
const ALERT = {
  alert: 'caching-off',
  sentence: 'Prefix caching is off at engine-a.',
  evidence: 'its metrics say enable_prefix_caching="False"',
  remedy: 'Start it with --enable-prefix-caching.',
};
const READ = { lastReading: '2026-01-01T00:00:00.000Z', learning: false };
const FIGURES = { ...NOTHING, engines: ENGINES, hitRate: 0.8123 };
const STATES = {
  unread: { lastReading: null, learning: true, figures: NOTHING, alerts: [] },
  learning: { ...READ, learning: true, figures: FIGURES, alerts: [] },
  quiet: { ...READ, figures: FIGURES, alerts: [] },
  alert: { ...READ, figures: FIGURES, alerts: [ALERT] },
};
/** What the page says of whether all is well. */
const SAYS: Record<keyof typeof STATES, [says: RegExp, not: RegExp]> = {
  unread: [/Nothing read yet/, /No alert/],
  learning: [/still learning.*No alert holds so far\./s, /caching-off/],
  quiet: [/No alert holds\./, /learning|so far/],
  alert: [/caching-off.*Start it with/s, /No alert/],
};

describe.skipIf(CHROMIUM_MISSING !== '')(`page of a watch in Chromium${CHROMIUM_MISSING}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await browserOf();
  });
  afterAll(() => browser?.close());

  for (const name of Object.keys(STATES) as (keyof typeof STATES)[]) {
    for (const [width, colorScheme] of [
      [390, 'dark'],
      [1024, 'light'],
    ] as const) {
      it(`${name} at ${width} px, ${colorScheme}: loads quietly, fits and says no more than is known`, async () => {
        const state = () => STATES[name];
        const server = createWatchServer({ metrics: () => [], state, isReady: () => true });
        const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'watch');
        const page = await browser.newPage({ viewport: { width, height: 700 }, colorScheme });
        onTestFinished(async () => {
          await page.close();
          server.closeAllConnections();
          server.close();
        });
        const trouble: string[] = [];
        page.on('console', (it) => trouble.push(it.text()));
        page.on('pageerror', (it) => trouble.push(it.message));
        const told = page.waitForResponse(`${url}/state`);
        await page.goto(url);
        await told;
        const [says, not] = SAYS[name];
        await expect.poll(() => page.locator('body').innerText()).toMatch(says);
        expect(await page.locator('body').innerText()).not.toMatch(not);
        expect(trouble).toEqual([]);
        expect(await overflowOf(page)).toBe(0);
        expect(await overflowOf(page, '.scroll')).toBe(0);
        expect(await faintest(page)).toBeGreaterThanOrEqual(4.5);
        if (SHOTS) {
          mkdirSync(SHOTS, { recursive: true });
          await page.screenshot({ path: join(SHOTS, `watch-${name}-${width}.png`) });
        }
      });
    }
  }
});
