import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/supervise/make-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('making a folder', () => {
  it('makes those above it, with the mode asked for, and says whether it was new', () => {
    const deep = join(folder, 'a', 'b', 'c');
    expect(makeFolder(deep, 0o700)).toBe(true);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
    expect(makeFolder(deep)).toBe(false);
    mkdirSync(join(folder, 'there'));
    expect(makeFolder(join(folder, 'there', 'new'))).toBe(true);
  });

  it('does not take a file for a folder', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolder(join(folder, 'file'))).toThrow('EEXIST');
    expect(() => makeFolder(join(folder, 'file', 'below'))).toThrow('ENOTDIR');
  });

  it.runIf(existsSync('/proc/self'))('comes back where no folder can be made', () => {
    expect(() => makeFolder('/proc/none/below')).toThrow('ENOENT');
  });
});
