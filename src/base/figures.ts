/** `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Three digits that count, never an exponent: `0`, `6.48`, `92.1`, `1,230`. */
export function formatFigure(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 20 }).replace(/^-/, '−');
}

const ONE_UNIT = /^[^\d]*[\d.,]+( \S+)$/;

/** Two figures of one unit, which is said once: `154 → 67.3 ms`, `−66 to −30 %`. */
export function formatRange(first: string, second: string, between: string): string {
  const unit = ONE_UNIT.exec(first)?.[1];
  const isShared = unit !== undefined && ONE_UNIT.exec(second)?.[1] === unit;
  return `${isShared ? first.slice(0, -unit.length) : first}${between}${second}`;
}
