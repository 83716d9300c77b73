const MISSING = -1;

/**
 * The gaps in the ids 0…highest of a phase, ascending: requests that were sent and that nobody recorded, each with
 * the place in `ids` of the nearest id before it; the first place where there is none. When more are missing than
 * there, the ids number something else, and nothing is missing.
 * @param ids whole numbers from 0, in any order
 */
export function gapsIn(ids: ArrayLike<number>): { id: number; before: number }[] {
  let highest = -1;
  for (let index = 0; index < ids.length; index++) highest = Math.max(highest, ids[index]!);
  if (highest >= 2 * ids.length) return [];
  const placeOf = new Int32Array(highest + 1).fill(MISSING);
  for (let index = 0; index < ids.length; index++) placeOf[ids[index]!] = index;
  const gaps: { id: number; before: number }[] = [];
  let before = 0;
  for (const [id, place] of placeOf.entries()) {
    if (place === MISSING) gaps.push({ id, before });
    else before = place;
  }
  return gaps;
}
