import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fault } from '../../../mocks/faults/fault.ts';
import { FAULTS } from '../../../mocks/faults/kinds/index.ts';
import { number } from '../../../src/schema/describe.ts';
import { ROOT } from '../../helpers/exec.ts';

/** What docs/mocks.md says of each fault: its name and its parameters. */
function documented(): Record<string, string[]> {
  const docs = readFileSync(join(ROOT, 'docs/mocks.md'), 'utf8');
  const rows = docs.split('\n| `do` |')[1]!.split('\n\n')[0]!.split('\n').slice(2);
  const cells = rows.map((row) => {
    const [, name = '', parameters = ''] = row.split(/(?<!\\)\|/);
    const names = parameters.split(/,| or /).flatMap((cell) => /`(\w+)/.exec(cell)?.[1] ?? []);
    return [name.replaceAll(/[`\s]/g, ''), names] as const;
  });
  return Object.fromEntries(cells);
}

it('docs list every fault with its parameters', () => {
  const known = Object.entries(FAULTS).map(
    ([kind, { parameters }]) => [kind, Object.keys(parameters.fields)] as const,
  );
  expect(documented()).toEqual(Object.fromEntries(known));
});

it('a fault that strikes nowhere does not compile', () => {
  // @ts-expect-error one of the seams is missing
  const harmless = fault({ parameters: { ms: number('', 0) } });
  expect(Object.keys(harmless)).toEqual(['parameters']);
});
