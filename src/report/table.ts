import { sumOf } from '../base/lists.ts';
import { piecesOf } from './layout.ts';

/** Figures of a report as people read them. The first column names the row. */
export interface Table {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** What must not be missed beside the figures, each a sentence. */
  notes: readonly string[];
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
}

/** Its cells under those of the other rows. */
export function alignedLine(
  row: readonly string[],
  { widths, gap = GAPS[0] }: { widths: readonly number[]; gap?: number },
): string {
  const cells = row.map((cell, column) => cell.padEnd(widths[column]!));
  return cells.join(' '.repeat(gap)).trimEnd();
}

/** Blanks between columns, the narrow one where there is no room for the other. */
const GAPS = [2, 1] as const;

interface Columns {
  widths: readonly number[];
  gap: number;
}

/** A cell that takes more is prose, which nobody reads in a narrow column. */
const CELL_LINES_MAX = 4;

/** Columns that fit beside each other, the widest made narrower first; undefined where none do. */
export function fittingColumns(
  rows: readonly (readonly string[])[],
  width: number,
): Columns | undefined {
  for (const gap of GAPS) {
    const widths = fittingWidths(rows, width - gap * (rows[0]!.length - 1));
    if (widths && rows.every((row) => cellLines(row, { widths }).length <= CELL_LINES_MAX))
      return { widths, gap };
  }
  return undefined;
}

function fittingWidths(rows: readonly (readonly string[])[], width: number): number[] | undefined {
  const widths = columnWidths(rows);
  const least = widths.map((_, column) =>
    Math.max(...rows.flatMap((row) => piecesOf(row[column]!).map((it) => it.trim().length))),
  );
  for (let excess = sumOf(widths) - width; excess > 0; excess--) {
    const room = widths.map((it, column) => (it > least[column]! ? it : 0));
    const widest = Math.max(...room);
    if (widest === 0) return undefined;
    widths[room.indexOf(widest)]!--;
  }
  return widths;
}

/** One row as lines: what is longer than its column goes on below. */
export function cellLines(
  row: readonly string[],
  columns: Pick<Columns, 'widths'> & Partial<Columns>,
): string[] {
  const cells = row.map((cell, column) => wrapCell(cell, columns.widths[column]!));
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, at) =>
    alignedLine(
      cells.map((lines) => lines[at] ?? ''),
      columns,
    ),
  );
}

/** As `wrap`, without hanging: what goes on stands under its beginning, set in as far as that. */
function wrapCell(cell: string, width: number): string[] {
  const lines = [''];
  for (const piece of piecesOf(cell)) {
    const last = lines.at(-1)!;
    if (last + piece === piece || last.length + piece.length <= width)
      lines[lines.length - 1] = last + piece;
    else lines.push(piece.trimStart());
  }
  return lines;
}
