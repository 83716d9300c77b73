/** Figures of a report as people read them. The first column names the row. */
export interface Table {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** What must not be missed beside the figures, each a sentence. */
  notes: readonly string[];
}

export function columnWidths(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
}

/** Its cells under those of the other rows. */
export function alignedLine(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => cell.padEnd(widths[column]!));
  return cells.join('  ').trimEnd();
}
