import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/base/package-root.ts';
import { howToInstall } from '../../src/net/optional-peer.ts';
import { REDIS } from '../../src/net/stream-store/load-redis.ts';

it('is to be installed elsewhere for a checkout of ours, where npm leaves optional peers out', () => {
  expect(howToInstall(REDIS, tmpdir())).toBe('npm install @redis/client@5');
  for (const cwd of [packageRoot(), join(packageRoot(), 'docs')]) {
    expect(howToInstall(REDIS, cwd)).toContain('npm install --prefix ~/client @redis/client@5');
  }
});
