/** What one instance holds of a prompt. */
export interface Match {
  instanceId: string;
  matchedTokens: number;
}

/** Instances with the longest match first; equal matches in ascending order of id. */
export function rankMatches<T extends Match>(matches: readonly T[]): T[] {
  return [...matches].sort(
    (a, b) => b.matchedTokens - a.matchedTokens || compareIds(a.instanceId, b.instanceId),
  );
}

/** The instance that holds most of the prompt; ties go to the smallest id. Undefined for no match. */
export function preferredInstance<T extends Match>(matches: readonly T[]): T | undefined {
  return rankMatches(matches)[0];
}

/** By UTF-16 code units, the same on every machine whatever its locale. */
function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
