import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ExitCode } from '../../../src/cli/shell/exit-codes.ts';
import { ROOT } from '../../helpers/exec.ts';

it('docs/exit-codes.md lists exactly the codes of the program', () => {
  const page = readFileSync(join(ROOT, 'docs/exit-codes.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)];
  expect(Object.fromEntries(rows.map(([, code, name]) => [name, Number(code)]))).toEqual(ExitCode);
});
