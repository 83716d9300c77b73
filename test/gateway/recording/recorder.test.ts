import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Recorder } from '../../../src/gateway/recording/recorder.ts';

const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);

function open(bytesMax: number, file = join(mkdtempSync(join(tmpdir(), 'record-')), 'r.jsonl')) {
  const told: string[] = [];
  const recorder = new Recorder({ file, what: 'bodies', bytesMax }, (_, text) => told.push(text));
  return { recorder, told, file };
}

describe('a recording', () => {
  it('appends whole lines to a file that only its owner reads', async () => {
    const { recorder, file } = open(1_000);
    for (const line of ['a', 'b', 'c']) recorder.add(line);
    await recorder.close();
    expect(lines(file)).toEqual(['a', 'b', 'c']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = open(1_000, file);
    again.recorder.add('d');
    await again.recorder.close();
    expect(lines(file)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('ends before the file is larger than allowed, and says so once', async () => {
    const { recorder, told, file } = open(10);
    for (let index = 0; index < 9; index++) recorder.add('1234');
    await recorder.close();
    expect(lines(file)).toEqual(['1234', '1234']);
    expect(told).toEqual([expect.stringContaining('bytes_max')]);
  });

  it.runIf(existsSync('/dev/full'))('outlives a full disk', async () => {
    const { recorder, told } = open(1e9, '/dev/full');
    recorder.add('lost');
    await expect.poll(() => recorder.isOpen).toBe(false);
    recorder.add('not even tried');
    await recorder.close();
    expect(told).toEqual(['recording of /dev/full ended: the disk is full']);
  });

  it('refuses a place that cannot be written, before anything starts', () => {
    expect(() => open(10, '/nowhere/r.jsonl')).toThrow(
      expect.objectContaining({ code: 'RECORD_UNWRITABLE', where: '/nowhere/r.jsonl' }),
    );
  });
});
