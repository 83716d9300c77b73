export type Matrix = readonly (readonly number[])[];

export function productOf(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, it, at) => sum + it * vector[at]!, 0));
}

/** Of a symmetric matrix with a diagonal of 1, by Gauss and Jordan; undefined where it has none to speak of. */
export function inverseOf(matrix: Matrix): number[][] | undefined {
  const size = matrix.length;
  const rows = matrix.map((row, at) => [...row, ...row.map((_, column) => Number(column === at))]);
  for (let column = 0; column < size; column++) {
    const pivot = pivotOf(rows, column);
    if (Math.abs(rows[pivot]![column]!) < SINGULAR) return undefined;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const scale = rows[column]![column]!;
    rows[column] = rows[column]!.map((it) => it / scale);
    for (const [at, row] of rows.entries()) {
      const factor = row[column]!;
      if (at === column || factor === 0) continue;
      rows[at] = row.map((it, place) => it - factor * rows[column]![place]!);
    }
  }
  return rows.map((row) => row.slice(size));
}

const SINGULAR = 1e-12;

function pivotOf(rows: readonly (readonly number[])[], column: number): number {
  let best = column;
  for (let row = column + 1; row < rows.length; row++) {
    if (Math.abs(rows[row]![column]!) > Math.abs(rows[best]![column]!)) best = row;
  }
  return best;
}
