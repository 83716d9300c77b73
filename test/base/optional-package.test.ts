import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { howToInstall } from '../../src/base/optional-package.ts';
import { packageRoot } from '../../src/base/package-root.ts';

describe('a package that is no dependency of ours', () => {
  it('is to be installed elsewhere for a checkout of ours, where npm leaves optional peers out', () => {
    expect(howToInstall('zeromq@6', 'zeromq', tmpdir())).toBe('npm install zeromq@6');
    for (const cwd of [packageRoot(), join(packageRoot(), 'docs')]) {
      expect(howToInstall('zeromq@6', 'zeromq', cwd)).toContain(
        'npm install --prefix ~/zeromq zeromq@6',
      );
    }
  });
});
