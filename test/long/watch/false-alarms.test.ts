import { expect, it } from 'vitest';
import { Watcher, type WatchEvent } from '../../../src/watch/watcher.ts';
import { VirtualFleet } from '../../watch/virtual-fleet.ts';

const SCRAPES_PER_DAY = 5_760;

it(
  'a healthy fleet of 64 engines raises at most one alert in 30 days, compared with lately and with yesterday',
  { timeout: 300_000 },
  () => {
    const fleet = new VirtualFleet({ engines: 64, seed: 11, ears: 64 });
    const windowMs = 300_000;
    const lately = new Watcher({ windowMs });
    const byDay = new Watcher({ windowMs, history: {}, byDayFromMs: 0 });
    const raised: Record<'lately' | 'byDay', string[]> = { lately: [], byDay: [] };
    const note = (by: keyof typeof raised, events: readonly WatchEvent[]): void => {
      for (const { kind, alert, subject, evidence, atMs } of events) {
        if (kind === 'raised')
          raised[by].push(`day ${atMs / 86_400_000}: ${alert.id} ${subject} ${evidence}`);
      }
    };
    for (let scrape = 0; scrape < 30 * SCRAPES_PER_DAY; scrape++) {
      const reading = fleet.next();
      note('lately', lately.take(reading));
      note('byDay', byDay.take(reading));
    }
    // The first may be chance.
    expect(raised.lately.slice(1)).toEqual([]);
    expect(raised.byDay.slice(1)).toEqual([]);
    expect(byDay.isLearning).toBe(false);
  },
);

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
