import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { VERSION } from '../../src/base/version.ts';
import { kvcache, ROOT } from '../helpers/exec.ts';

it('prints the version of package.json', async () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(VERSION).toBe(manifest.version);
  for (const asked of ['--version', 'version']) {
    expect((await kvcache([asked])).stdout).toBe(`${VERSION}\n`);
  }
});

it('answers an unknown flag with exit code 2 and no stack trace', async () => {
  const result = await kvcache(['--no-such-flag']);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("Unknown option '--no-such-flag'");
  expect(result.stderr).not.toContain('    at ');
});

it('helps with a topic that is misspelt as with a command', async () => {
  const { code, stderr } = await kvcache(['help', 'verfy']);
  expect(code).toBe(2);
  expect(stderr).toContain("Unknown command 'verfy'. Did you mean verify?");
});
