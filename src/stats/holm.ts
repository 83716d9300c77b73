/**
 * Holm's step-down adjusted p-values, in the order given: reject those ≤ α and the chance of any
 * false rejection stays ≤ α. Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure"
 * (1979). Only metrics declared before the run belong in the list.
 */
export function holmAdjust(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = Array.from<number>({ length: pValues.length });
  let running = 0;
  order.forEach((index, position) => {
    running = Math.max(running, Math.min(1, pValues[index]! * (pValues.length - position)));
    adjusted[index] = running;
  });
  return adjusted;
}
