import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DayPast } from '../../src/watch/day-past.ts';
import { readHistory, writeHistory } from '../../src/watch/history-file.ts';
import { Watcher, type WatchEvent } from '../../src/watch/watcher.ts';
import { HEALTHY, VirtualFleet } from './virtual-fleet.ts';

const WINDOW_MS = 300_000;
const SCRAPES_PER_DAY = 5_760;
const SCRAPES_PER_HOUR = 240;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kvcache-'));
  path = join(folder, 'day.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A fleet that finds less in the last six hours of each day, all at once. */
class Days {
  readonly fleet = new VirtualFleet({ engines: 2, seed: 2 });
  #scrapes = 0;

  /** Events by watcher. */
  pass(scrapes: number, ...watchers: Watcher[]): WatchEvent[][] {
    const events: WatchEvent[][] = watchers.map(() => []);
    for (const end = this.#scrapes + scrapes; this.#scrapes < end; this.#scrapes++) {
      const isNight = this.#scrapes % SCRAPES_PER_DAY > 18 * SCRAPES_PER_HOUR;
      this.fleet.world = isNight ? { ...HEALTHY, hitRate: () => 0.45 } : HEALTHY;
      const reading = this.fleet.next();
      watchers.forEach((it, at) => events[at]!.push(...it.take(reading)));
    }
    return events;
  }
}

/** Two hours more than a day, of which only the history is left. */
async function pastDay(): Promise<Days> {
  const days = new Days();
  const watcher = new Watcher({ windowMs: WINDOW_MS, history: {} });
  days.pass(26 * SCRAPES_PER_HOUR, watcher);
  await writeHistory(path, { windowMs: WINDOW_MS, history: watcher.history });
  return days;
}

const yesterdays = (fromMs: number): Watcher =>
  new Watcher({ windowMs: WINDOW_MS, history: readHistory(path, WINDOW_MS), byDayFromMs: fromMs });
const said = (events: readonly WatchEvent[]): string[] =>
  events.map(({ kind, alert }) => `${kind} ${alert.id}`);
const NOW_MS = 26 * 3_600_000;

describe('yesterday', () => {
  it('makes what comes every night no alert, which lately it is', async () => {
    const days = await pastDay();
    const [byDay, lately] = [yesterdays(NOW_MS), new Watcher({ windowMs: WINDOW_MS })];
    expect(byDay.isLearning).toBe(false);
    const [daily, late] = days.pass(SCRAPES_PER_DAY, byDay, lately);
    expect(said(daily!)).toEqual([]);
    expect(said(late!)).toContain('raised hit-rate-fell');
  });

  it('judges from the first window on, and an incident is no yesterday for tomorrow', async () => {
    const days = await pastDay();
    const watcher = yesterdays(NOW_MS);
    days.fleet.world = { ...HEALTHY, hitRate: () => 0.4 };
    const events = Array.from({ length: 60 }, () => watcher.take(days.fleet.next())).flat();
    expect(said(events)).toEqual(['raised hit-rate-fell']);
    expect(events[0]!.evidence).toMatch(/[34]\d %, at this time yesterday [78]\d %$/);
    const kept = [...watcher.history['hit-rate']!['']!.values].map(([, value]) => value);
    expect(Math.min(...kept.slice(-10))).toBeGreaterThan(0.6);
    // Nobody watched for a day.
    expect(yesterdays(2 * NOW_MS).isLearning).toBe(true);
  });

  it('of 64 engines is a file of a few MB', async () => {
    const values = Array.from({ length: 302 }, (_, at) => [5e6 + at, Math.sqrt(at)] as const);
    const engines = Array.from({ length: 64 }, (_, at) => [`vllm-${at}`, new DayPast(values)]);
    const ids = ['engine-hit-rate', 'request-share', 'ttft', 'prompt-tokens', 'published'];
    const history = Object.fromEntries(ids.map((id) => [id, Object.fromEntries(engines)]));
    await writeHistory(path, { windowMs: WINDOW_MS, history });
    expect(statSync(path).size).toBeLessThan(3e6);
    expect([...readHistory(path, WINDOW_MS)['ttft']!['vllm-9']!.values]).toHaveLength(302);
  });
});

describe('a history', () => {
  it.each([
    ['no JSON', '{', 'is not JSON'],
    ['another file', '{"schema":"x","windowMs":300000,"series":{}}', 'schema'],
    [
      'of no times',
      '{"schema":"kvcache.watch-history/v1","windowMs":300000,"series":{"ttft":{"a":{"noon":1}}}}',
      '"noon"',
    ],
    [
      'of other windows',
      '{"schema":"kvcache.watch-history/v1","windowMs":1000,"series":{}}',
      '1000 ms',
    ],
  ])('that is %s is refused', (_, text, says) => {
    writeFileSync(path, text);
    expect(() => readHistory(path, WINDOW_MS)).toThrow(
      expect.objectContaining({ code: 'HISTORY_INVALID', message: expect.stringContaining(says) }),
    );
  });
});
