/**
 * The gaps in the ids 0…highest of a phase, ascending: requests that were sent and that nobody recorded.
 * When more are missing than there, the ids number something else, and nothing is missing.
 * @param ids whole numbers from 0, in any order
 */
function missingIds(ids: ArrayLike<number>): number[] {
  let highest = -1;
  for (let index = 0; index < ids.length; index++) highest = Math.max(highest, ids[index]!);
  if (highest >= 2 * ids.length) return [];
  const seen = new Uint8Array(highest + 1);
  for (let index = 0; index < ids.length; index++) seen[ids[index]!] = 1;
  const missing: number[] = [];
  for (let id = 0; id <= highest; id++) if (seen[id] === 0) missing.push(id);
  return missing;
}

/** Those gaps, each with the place in `ids` of the nearest id before it; the first place where there is none. */
export function gapsIn(ids: ArrayLike<number>): { id: number; before: number }[] {
  const missing = missingIds(ids);
  if (missing.length === 0) return [];
  const placeOf = new Map(Array.from(ids, (id, place) => [id, place]));
  return missing.map((id) => {
    let known = id - 1;
    while (known > 0 && !placeOf.has(known)) known--;
    return { id, before: placeOf.get(known) ?? 0 };
  });
}
