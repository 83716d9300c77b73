/** Mooncake rows of given lengths and ids, a second apart. */
export function rowLines(rows: readonly (readonly [number, readonly number[]])[]): string {
  return rows
    .map(([input_length, hash_ids], index) =>
      JSON.stringify({ timestamp: 1_000 * index, input_length, output_length: 1, hash_ids }),
    )
    .join('\n');
}
