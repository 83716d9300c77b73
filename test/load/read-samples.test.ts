import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSamples } from '../../src/load/read-samples.ts';
import type { Sample } from '../../src/load/sample.ts';
import { sample } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-read-samples-'));
const path = join(folder, 'run.ndjson');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEADER = '{"schema":"kvcache.samples/v1"}';

async function read(lines: readonly string[]): Promise<Sample[]> {
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  const samples: Sample[] = [];
  for await (const it of readSamples(path)) samples.push(it);
  return samples;
}

const row = (changes: object): string => JSON.stringify({ ...sample(), ...changes });

describe('a sample log', () => {
  it.each([
    ['endMs', -5],
    ['endMs', 1e308],
    ['endMs', '100'],
    ['endMs', null],
    ['intendedMs', -1],
    ['sentMs', undefined],
    ['firstTokenMs', -0.5],
    ['lastTokenMs', 1e14],
    ['itlsMs', [1, -1]],
    ['itlsMs', {}],
    ['id', 1.5],
    ['id', -1],
    ['id', 2 ** 31],
    ['block', 'x'],
    ['phase', 'cooldown'],
    ['arm', 7],
    ['servedBy', { a: 1 }],
    ['failure', 'bored'],
    ['cachedTokens', -3],
    ['promptTokens', 1e300],
    ['status', '200'],
    ['answerBytes', undefined],
  ])('with %s %j is refused, its line named', async (name, value) => {
    const lines = [HEADER, row({ id: 0 }), row({ id: 1, [name]: value }), row({ id: 2 })];
    await expect(read(lines)).rejects.toMatchObject({
      code: 'SAMPLES_INVALID',
      where: `${path}:3:1`,
      message: expect.stringContaining(name) as string,
    });
  });

  it.each([
    ['ends before it was due', row({ intendedMs: 50, endMs: 49 })],
    ['has its first token before it was due', row({ intendedMs: 50, firstTokenMs: 49 })],
    ['is no object', '[]'],
    ['is no JSON', '{"id":'],
    ['is empty', ''],
  ])('with a line that %s is refused', async (_, line) => {
    await expect(read([HEADER, line])).rejects.toMatchObject({
      code: 'SAMPLES_INVALID',
      where: `${path}:2:1`,
    });
  });

  it('with every sample twice is refused at the first that comes again', async () => {
    const rows = [0, 1, 2].map((id) => row({ id }));
    await expect(read([HEADER, ...rows, ...rows])).rejects.toMatchObject({
      code: 'SAMPLES_INVALID',
      where: `${path}:5:1`,
      message: expect.stringContaining('request 0 stands there twice') as string,
    });
  });

  it('may number the requests of every phase, arm and block from 0', async () => {
    const rows = [{}, { phase: 'warmup' }, { arm: 'B' }, { block: 1 }, { id: 31 }, { id: 32 }];
    expect(await read([HEADER, ...rows.map(row)])).toHaveLength(rows.length);
  });

  it('may hold lines longer than what is read at a time, and characters across the seam', async () => {
    const group = '世'.repeat(300_000);
    const found = await read([HEADER, row({ group }), row({ id: 1 })]);
    expect(found.map((it) => it.group === group)).toEqual([true, false]);
  });
});
