import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTextFile } from '../../../src/cli/load/text-file.ts';

async function read(content: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kvcache-text-'));
  await writeFile(join(folder, 'f'), content);
  return readTextFile('f', folder);
}

describe('a file of prompts', () => {
  it('is read without its byte order mark', async () => {
    expect(await read('\uFEFFhéllo\r\n')).toBe('héllo\r\n');
    expect(await read('')).toBe('');
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
  ])('is refused when it is %s', async (_, content, remedy) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'FILE_NOT_TEXT',
      where: 'f',
      remedy: expect.stringMatching(remedy),
    });
  });

  it('must be there', async () => {
    await expect(readTextFile('nowhere', tmpdir())).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    });
  });
});
