import { describe, expect, it } from 'vitest';
import { CULPRIT_IDS } from '../../src/prompts/breaks/culprits.ts';
import { TERMS } from '../../src/calibrate/terms.ts';
import { PROBES } from '../../src/doctor/doctor.ts';
import { CONTROLLER_DIALECTS } from '../../src/protocol/lmcache.ts';
import { read } from '../helpers/documents.ts';

/** Code spans in the first column of the table under this head. */
function firstColumn(file: string, head: string): string[] {
  const table = read(file).split(`\n${head}\n`)[1]!.split('\n\n')[0]!;
  const cells = table.split('\n').map((line) => line.split('|')[1]!);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

describe('lists of the documents', () => {
  it('docs/doctor.md asks every question of the doctor', () => {
    const listed = firstColumn('docs/doctor.md', '| id | asks | needs | severity |');
    expect(PROBES.map(({ id }) => id).filter((id) => !listed.includes(id))).toEqual([]);
  });

  it('docs/prompts.md has every class of breaks, in the order in which they are tried', () => {
    expect(firstColumn('docs/prompts.md', '| class | change | told by |')).toEqual(CULPRIT_IDS);
  });

  it('docs/calibrate.md says of every term what tells it', () => {
    const listed = firstColumn('docs/calibrate.md', '| term | unit | told from |');
    expect(listed.toSorted()).toEqual(TERMS.map(({ name }) => name).toSorted());
  });

  it.each([
    ['docs/routing.md', '| dialect | who | found by | lookup |'],
    ['docs/mocks.md', '| `--api` | |'],
  ])('%s has every dialect of a controller', (file, head) => {
    expect(firstColumn(file, head).toSorted()).toEqual(CONTROLLER_DIALECTS.toSorted());
  });
});
