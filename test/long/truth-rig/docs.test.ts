import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROUTERS } from '../../helpers/truth/routers.ts';
import { SCENARIOS, type Scenario } from '../../helpers/truth/scenarios.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/verify-liars.md'), 'utf8');
const firstCells = [...PAGE.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((match) => match[1]);

/** A scenario as its row of the table. */
function rowOf({ id, what, never, causes }: Scenario): string {
  const outcomes = Object.entries(never).flatMap(([claim, all]) =>
    all.map((outcome) => `${claim} ${outcome}`),
  );
  const ids = causes.map((cause) => `\`${cause}\``);
  return `| \`${id}\` | ${what} | ${outcomes.join(', ') || '–'} | ${ids.join(', ') || 'none'} |`;
}

describe('the page of lies', () => {
  it.each(SCENARIOS)('has the row of $id', (scenario) => {
    expect(PAGE.split('\n')).toContain(rowOf(scenario));
  });

  it('has no row that nothing tries', () => {
    const known = [...ROUTERS, ...SCENARIOS].map(({ id }) => id);
    expect(firstCells).toEqual(known);
  });
});
