import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTextFile } from '../../src/base/text-file.ts';

function read(content: string | Buffer, bytesMax?: number): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kvcache-text-')), 'f');
  writeFileSync(path, content);
  return readTextFile(path, { shown: 'f', ...(bytesMax !== undefined && { bytesMax }) });
}

describe('a text file', () => {
  it('is read without its byte order mark', () => {
    expect(read('\uFEFFhéllo\r\n')).toBe('héllo\r\n');
    expect(read('')).toBe('');
  });

  it.each([
    ['UTF-16', Buffer.from('\uFEFFhello', 'utf16le'), /UTF-8/],
    ['UTF-16 without a mark', Buffer.from('hello', 'utf16le'), /UTF-8/],
    ['Latin-1', Buffer.from('h\u00e9llo', 'latin1'), /UTF-8/],
    ['compressed', gzipSync('hello'), /unpack/],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:1',
      /git lfs pull/,
    ],
  ])('is refused when it is %s', (_, content, remedy) => {
    expect(() => read(content)).toThrow(
      expect.objectContaining({
        code: 'FILE_NOT_TEXT',
        where: expect.stringMatching(/^f/),
        remedy: expect.stringMatching(remedy),
      }),
    );
  });

  it('has its line named that is not UTF-8', () => {
    const content = Buffer.from('one\ntwo h\u00e9', 'latin1');
    expect(() => read(content)).toThrow(expect.objectContaining({ where: 'f:2' }));
  });

  it('must be there, and no folder', () => {
    for (const path of ['nowhere', '']) {
      expect(() => readTextFile(join(tmpdir(), path))).toThrow(
        expect.objectContaining({ code: 'FILE_UNREADABLE' }),
      );
    }
  });

  it('has a limit', () => {
    expect(read('12345', 5)).toBe('12345');
    expect(() => read('123456', 5)).toThrow(expect.objectContaining({ code: 'FILE_TOO_LARGE' }));
  });
});
