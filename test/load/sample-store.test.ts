import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { NumberColumn } from '../../src/load/columns.ts';
import type { Sample } from '../../src/load/sample.ts';
import { readSamples } from '../../src/load/read-samples.ts';
import { SampleLog } from '../../src/load/sample-log.ts';
import { SampleTable } from '../../src/load/sample-table.ts';
import { sample } from './samples.ts';

const streamed = sample({
  id: 7,
  arm: 'C',
  block: 3,
  group: 'g-1',
  intendedMs: 1000.25,
  sentMs: 1000.5,
  firstTokenMs: 1040.125,
  lastTokenMs: 1080,
  endMs: 1081,
  itlsMs: [20, 19.875],
  promptTokens: 600,
  outputTokens: 3,
  cachedTokens: 0,
  servedBy: 'engine-b',
  servedBySource: 'header x-inference-pod',
  headerServedBy: 'engine-b',
  reason: 'hit',
  predictedTokens: 512,
  finishReason: 'length',
});
const failed = sample({
  id: 8,
  status: undefined,
  failure: 'timeout',
  problem: 'nothing had come',
  endMs: 60_000,
});

describe('SampleTable', () => {
  it('gives back what went in, unknown staying unknown and 0 staying 0', () => {
    const table = new SampleTable();
    for (const row of [streamed, failed, streamed]) table.push(row);
    expect([...table]).toEqual([streamed, failed, streamed]);
    expect(table.at(0).cachedTokens).toBe(0);
    expect(table.at(1).cachedTokens).toBeUndefined();
  });

  it('keeps so many different problems and no more', () => {
    const table = new SampleTable();
    for (let id = 0; id < 3000; id++) table.push({ ...failed, problem: `request ${id % 2000}` });
    expect(table.at(999).problem).toBe('request 999');
    expect(table.at(1000).problem).toBeUndefined();
    expect(table.at(2999).problem).toBe('request 999');
  });

  it('grows', () => {
    const table = new SampleTable();
    for (let id = 0; id < 1000; id++) table.push({ ...streamed, id });
    expect(table.length).toBe(1000);
    expect(table.at(999)).toEqual({ ...streamed, id: 999 });
    expect(() => table.at(1000)).toThrow(RangeError);
  });
});

describe('NumberColumn', () => {
  it('gives every value back exactly, however wide and wherever the width changes', () => {
    const random = createRandom(5);
    const odd = [0, 0.001, 1e-9, -3.5, 1 / 3, 2_147_483.648, 1e12, Number.MAX_VALUE, Infinity, NaN];
    for (const spread of [0, 100, 30_000, 1e9, 1e15]) {
      const values = Array.from({ length: 40_000 }, (_, index) =>
        index % 9_973 === 9_972 && spread > 0
          ? odd[random.int(odd.length)]!
          : 5_000 + Math.round(random.next() * spread) / 1_000,
      );
      const column = new NumberColumn(1_000);
      for (const value of values) column.push(value);
      expect(column.copy()).toEqual(Float64Array.from(values));
      expect(column.at(39_999)).toBe(values[39_999]);
    }
  });
});

describe('SampleLog', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-samples-'));
    path = join(folder, 'run.ndjson');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads back what was appended; the header names the schema', async () => {
    const log = new SampleLog(path, { runId: 'r' });
    log.append(streamed);
    log.append(failed);
    log.close();
    expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[0]!)).toEqual({
      schema: 'kvcache.samples/v1',
      runId: 'r',
    });
    expect(await all(path)).toEqual([streamed, failed]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('has everything in the file after a flush, without a close', async () => {
    const log = new SampleLog(path);
    log.append(streamed);
    log.flush();
    expect(await all(path)).toEqual([streamed]);
    log.close();
  });

  it('leaves out a torn last line but refuses damage in the middle', async () => {
    const log = new SampleLog(path);
    log.append(streamed);
    log.close();
    appendFileSync(path, '{"id":9,"pha');
    expect(await all(path)).toEqual([streamed]);
    appendFileSync(path, `\n${JSON.stringify(failed)}\n`);
    await expect(all(path)).rejects.toMatchObject({
      code: 'SAMPLES_INVALID',
      where: `${path}:3:1`,
    });
  });

  it('refuses a file that is something else, and one that exists', async () => {
    appendFileSync(path, '{"a":1}\n');
    await expect(all(path)).rejects.toMatchObject({
      code: 'SAMPLES_INVALID',
      where: `${path}:1:1`,
    });
    expect(() => new SampleLog(path)).toThrow(
      expect.objectContaining({ code: 'SAMPLES_UNWRITABLE' }),
    );
  });
});

async function all(path: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const row of readSamples(path)) samples.push(row);
  return samples;
}
