import type { ReasonCode } from '../listener/context.ts';

/** What keeps a prompt from being looked up; the prefix index stands in then. */
const NOT_LOOKED_UP: ReadonlySet<ReasonCode> = new Set([
  'no-prompt',
  'no-tokens',
  'multimodal',
  'salted',
  'tokenize-timeout',
  'tokenize-failed',
  'lookup-timeout',
  'lookup-failed',
  'wrong-dialect',
  'no-directory',
  'no-events',
  'breaker-open',
]);

/** Whether a lookup that ended with this reason asks for the index; an answer of the controller does not. */
export function needsStandIn(reason: ReasonCode): boolean {
  return NOT_LOOKED_UP.has(reason);
}

/** The reason of a decision by the index that stands in for a lookup. */
export function standInReason(reason: ReasonCode): ReasonCode {
  return reason === 'overloaded' ? 'overloaded' : 'prefix-hit-degraded';
}
