import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTrend, trendLines } from '../../src/report/trend.ts';
import { sampleLoadReport, sampleVerifyReport } from './sample-reports.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kvcache-trend-'));
  mkdirSync(join(folder, 'empty'));
  mkdirSync(join(folder, 'second'));
  const slow = { ...sampleVerifyReport({ slowness: 2 }), startedAt: '2026-02-01T00:00:00.000Z' };
  writeFileSync(join(folder, 'second', 'report.json'), JSON.stringify(slow));
  writeFileSync(join(folder, 'z-first.json'), JSON.stringify(sampleVerifyReport()));
  const load = { ...sampleLoadReport(), startedAt: '2026-03-01T00:00:00.000Z' };
  writeFileSync(join(folder, 'a-load.json'), JSON.stringify(load));
  writeFileSync(join(folder, 'other.json'), '{}');
  writeFileSync(join(folder, 'notes.txt'), 'not looked at');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('lists runs by time, each against the last that asked the same', async () => {
  const trend = await readTrend(folder);
  expect(trend.points.map((it) => it.name)).toEqual(['z-first.json', 'second', 'a-load.json']);
  expect(trend.points.map((it) => it.change)).toEqual([null, expect.closeTo(2, 3), null]);
  expect(trend.skipped.map((it) => it.name)).toEqual(['empty', 'other.json']);
  expect(trendLines(trend, 120)[2]).toMatch(
    /second +PASS +TTFT .* \+100 % +\d+ → \d+ ms, −\d+ % \(95 %/,
  );
});

it.each([40, 60, 80, 120])('keeps within %i columns', async (width) => {
  const lines = trendLines(await readTrend(folder), width);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
  expect(lines.join('\n')).not.toMatch(/\d\n *(?:%|ms|s)(?![a-z])/);
});

it('refuses a folder that is not there', async () => {
  await expect(readTrend(join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
});
