import type { SharedBeginning } from './result.ts';
import type { Reuse } from './reuse/reuse.ts';

const BEGINNINGS_MAX = 40;

export function beginningsOf(reuse: Reuse): SharedBeginning[] {
  return reuse.beginnings(BEGINNINGS_MAX).map(({ parent, from, to, count, label }) => ({
    parent,
    fromTokens: from,
    toTokens: to,
    requests: count,
    endsAt: label,
  }));
}
