import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { kvcache, ROOT } from '../helpers/exec.ts';

/** A `go` that writes down how it was called and then is the gateway. */
function fakeGo(folder: string): string {
  const file = join(folder, 'go');
  const standIn = join(ROOT, 'fixtures/children/pixiu-stand-in.mjs');
  writeFileSync(
    file,
    [
      '#!/bin/sh',
      `{ pwd; echo "$GOCACHE"; echo "$GOMODCACHE"; echo "$NO_PROXY"; echo "$@"; } >'${folder}/called'`,
      'while [ "$1" != gateway ]; do shift; done',
      `exec '${process.execPath}' '${standIn}' "$@"`,
      '',
    ].join('\n'),
  );
  chmodSync(file, 0o755);
  return join(folder, 'called');
}

it('runs the checkout of PIXIU_SOURCE through go run when there is no binary', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kvcache-go-'));
  const called = fakeGo(folder);
  mkdirSync(join(folder, 'source/cmd/pixiu'), { recursive: true });
  for (const name of ['main.go', 'gateway.go', 'gateway_test.go']) {
    writeFileSync(join(folder, 'source/cmd/pixiu', name), 'package main\n');
  }
  const result = await kvcache(['run', 'mock', '--ports', 'auto', '--gateway', 'pixiu'], {
    env: {
      PATH: `${folder}:/usr/bin:/bin`,
      PIXIU_SOURCE: join(folder, 'source'),
      GO_CACHE_DIR: join(folder, 'cache'),
      GO_MOD_CACHE_DIR: join(folder, 'mod'),
    },
  });
  expect([result.code, result.stderr]).toEqual([0, '']);
  const [cwd, goCache, goModCache, noProxy, args] = readFileSync(called, 'utf8').split('\n');
  expect(cwd).toBe(join(folder, 'source'));
  expect([goCache, goModCache]).toEqual([join(folder, 'cache'), join(folder, 'mod')]);
  expect(noProxy).toBe('127.0.0.1,localhost');
  expect(args).toMatch(
    /^run \.\/cmd\/pixiu\/gateway\.go \.\/cmd\/pixiu\/main\.go gateway start -c \S+gateway\.yaml$/,
  );
});

it.each([
  ['without go', { PIXIU_SOURCE: '/tmp' }, 'go is not on PATH'],
  ['without cmd/pixiu', { PIXIU_SOURCE: '/tmp', PATH: 'GO' }, 'has no cmd/pixiu/*.go: /tmp'],
])('PIXIU_SOURCE %s is refused', async (_why, env, message) => {
  const folder = mkdtempSync(join(tmpdir(), 'kvcache-go-'));
  const empty = mkdtempSync(join(tmpdir(), 'kvcache-go-'));
  fakeGo(folder);
  const path = 'PATH' in env ? folder : empty;
  const result = await kvcache(['run', 'mock', '--gateway', 'pixiu'], {
    env: { ...env, PATH: path },
  });
  expect(result.code).toBe(3);
  expect(result.stderr).toContain('[GATEWAY_NOT_FOUND]');
  expect(result.stderr).toContain(message);
});

it('says with --verbose what decided each address', async () => {
  const result = await kvcache(['run', 'mock', '--ports', 'auto', '-v']);
  expect(result.stdout.match(/pid \d+, --ports auto/g)).toHaveLength(4);
});

it('answers a wrong command line with a document, too', async () => {
  const result = await kvcache(['run', '--no-such-flag', '--json']);
  expect(result.code).toBe(2);
  expect(JSON.parse(result.stdout)).toMatchObject({
    schema: 'kvcache.run/v1',
    outcome: 'error',
    exitCode: 2,
    error: { code: 'COMMAND_LINE_INVALID' },
  });
});
