/**
 * The gaps in the ids 0…highest of a phase, ascending: requests that were sent and that nobody recorded.
 * When more are missing than there, the ids number something else, and nothing is missing.
 * @param ids whole numbers from 0, in any order
 */
export function missingIds(ids: ArrayLike<number>): number[] {
  let highest = -1;
  for (let index = 0; index < ids.length; index++) highest = Math.max(highest, ids[index]!);
  if (highest >= 2 * ids.length) return [];
  const seen = new Uint8Array(highest + 1);
  for (let index = 0; index < ids.length; index++) seen[ids[index]!] = 1;
  const missing: number[] = [];
  for (let id = 0; id <= highest; id++) if (seen[id] === 0) missing.push(id);
  return missing;
}
