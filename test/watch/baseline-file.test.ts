import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBaseline, writeBaseline } from '../../src/watch/baseline-file.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import { HEALTHY, VirtualFleet } from './virtual-fleet.ts';

const WINDOW_MS = 300_000;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kvcache-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('a baseline', () => {
  it('lets a new watch judge from its first window on', async () => {
    const path = join(folder, 'usual.json');
    expect(readBaseline(path, WINDOW_MS)).toBeUndefined();
    const fleet = new VirtualFleet({ engines: 3, seed: 2 });
    const first = new Watcher({ windowMs: WINDOW_MS });
    for (let scrape = 0; scrape < 200; scrape++) first.take(fleet.next());
    await writeBaseline(path, { windowMs: WINDOW_MS, baseline: first.baseline });

    const second = new Watcher({ windowMs: WINDOW_MS, baseline: readBaseline(path, WINDOW_MS)! });
    expect(second.isLearning).toBe(false);
    fleet.world = { ...HEALTHY, hitRate: () => 0 };
    const events = Array.from({ length: 25 }, () => second.take(fleet.next())).flat();
    expect(events.map(({ alert }) => alert.id)).toEqual(['prompts-changed']);
  });

  it.each([
    ['no JSON', '{', 'is not JSON'],
    ['another file', '{"schema":"x","windowMs":300000,"series":{}}', 'schema'],
    [
      'values that are none',
      '{"schema":"kvcache.watch-baseline/v1","windowMs":300000,"series":{"hit-rate":{"":["x"]}}}',
      'hit-rate',
    ],
    [
      'other windows',
      '{"schema":"kvcache.watch-baseline/v1","windowMs":1000,"series":{}}',
      '1000 ms',
    ],
  ])('that is %s is refused', (_, text, says) => {
    const path = join(folder, 'usual.json');
    writeFileSync(path, text);
    expect(() => readBaseline(path, WINDOW_MS)).toThrow(
      expect.objectContaining({ code: 'BASELINE_INVALID', message: expect.stringContaining(says) }),
    );
  });

  it('stays as it was when it cannot be written', async () => {
    const path = join(folder, 'missing', 'usual.json');
    await expect(writeBaseline(path, { windowMs: 1, baseline: {} })).rejects.toThrow('ENOENT');
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });
});
