type Column = Uint32Array | Int32Array | Float64Array;

/** The column with room for `length` values, in place where there is; values are kept. */
export function grown<T extends Column>(column: T, length: number): T {
  if (length <= column.length) return column;
  const Kind = column.constructor as new (length: number) => T;
  const wider = new Kind(Math.max(length, Math.ceil(column.length * 1.5)));
  wider.set(column);
  return wider;
}
