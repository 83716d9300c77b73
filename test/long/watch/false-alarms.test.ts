import { expect, it } from 'vitest';
import { Watcher } from '../../../src/watch/watcher.ts';
import { VirtualFleet } from '../../watch/virtual-fleet.ts';

const SCRAPES_PER_DAY = 5_760;

/** What it raised; the first may be chance. */
function raisedBy(watcher: Watcher, days: number): string[] {
  const fleet = new VirtualFleet({ engines: 64, seed: 11, ears: 64 });
  const raised: string[] = [];
  for (let scrape = 0; scrape < days * SCRAPES_PER_DAY; scrape++) {
    for (const { kind, alert, subject, evidence, atMs } of watcher.take(fleet.next())) {
      if (kind === 'raised')
        raised.push(`day ${atMs / 86_400_000}: ${alert.id} ${subject} ${evidence}`);
    }
  }
  return raised.slice(1);
}

const LONG = { timeout: 600_000 };

it('a healthy fleet of 64 engines raises at most one alert in 30 days', LONG, () => {
  expect(raisedBy(new Watcher({ windowMs: 300_000 }), 30)).toEqual([]);
});

it('the same in 10 days compared with yesterday', LONG, () => {
  const watcher = new Watcher({ windowMs: 300_000, history: {}, byDayFromMs: 0 });
  expect(raisedBy(watcher, 10)).toEqual([]);
  expect(watcher.isLearning).toBe(false);
});

it('a million scrapes leave memory flat', { timeout: 300_000 }, () => {
  const fleet = new VirtualFleet({ engines: 2, seed: 5 });
  const watcher = new Watcher({ windowMs: 300_000 });
  const run = (scrapes: number): number => {
    for (let scrape = 0; scrape < scrapes; scrape++) watcher.take(fleet.next());
    global.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const before = run(100_000);
  const after = run(900_000);
  expect(after - before).toBeLessThan(20 * 1024 * 1024);
});
