import { createRandom } from './random.ts';

/** A copy in seeded random order (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = createRandom(seed);
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.int(last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
