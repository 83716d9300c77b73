/** What a cache of a size would give. */
export interface CurvePoint {
  blocks: number;
  tokens: number;
  /** Of all prompt tokens. */
  share: number;
}

const POINTS_MAX = 200;

/** Some of the points, evenly by the logarithm of the size, the first and the last among them. */
export function thinned(all: readonly CurvePoint[]): CurvePoint[] {
  if (all.length <= POINTS_MAX) return [...all];
  const ratio = all.at(-1)!.blocks / all[0]!.blocks;
  const kept: CurvePoint[] = [all[0]!];
  for (const [index, point] of all.entries()) {
    const due = all[0]!.blocks * ratio ** (kept.length / (POINTS_MAX - 1));
    if (index === all.length - 1 || (index > 0 && point.blocks >= due)) kept.push(point);
  }
  return kept;
}

/**
 * The knee of a concave curve: where it lies highest above the straight line between its ends (Satopää et
 * al., "Finding a 'Kneedle' in a Haystack", 2011). Null for fewer than three points.
 */
export function kneeOf(all: readonly CurvePoint[]): CurvePoint | null {
  const last = all.at(-1);
  if (last === undefined || all.length < 3) return null;
  let [knee, height]: [CurvePoint, number] = [last, 0];
  for (const point of all) {
    const above = point.share / last.share - point.blocks / last.blocks;
    if (above > height) [knee, height] = [point, above];
  }
  return knee;
}

/** The smallest cache that gives 95 % of what an endless one gives. */
export function nearlyAllOf(all: readonly CurvePoint[]): CurvePoint | null {
  const best = all.at(-1)?.share ?? 0;
  return all.find(({ share }) => share >= 0.95 * best) ?? null;
}
