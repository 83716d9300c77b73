import { join } from 'node:path';
import type { errorsOf } from '../../src/base/errors.ts';
import { ROWS, roomOf, SOURCES } from '../house/source-tree.ts';
import { ROOT } from './exec.ts';

type Catalogue = ReturnType<typeof errorsOf>;

/** The catalogue of each room that throws, lowest room first. */
export const CATALOGUES: readonly { room: string; rows: Catalogue['rows'] }[] = await Promise.all(
  SOURCES.filter((file) => file.endsWith('/errors.ts'))
    .toSorted((a, b) => rank(b) - rank(a) || a.localeCompare(b))
    .map(async (file) => {
      const exports = (await import(join(ROOT, file))) as Record<string, Partial<Catalogue>>;
      const [catalogue] = Object.values(exports).filter((it) => it.rows !== undefined);
      if (!catalogue) throw new Error(`${file} has no catalogue`);
      return { room: roomOf(file), rows: catalogue.rows! };
    }),
);

/** Every code, as often as it stands in a catalogue. */
export const CODES: readonly string[] = CATALOGUES.flatMap(({ rows }) => Object.keys(rows));

function rank(file: string): number {
  return ROWS.findIndex((row) => row.includes(roomOf(file)));
}
