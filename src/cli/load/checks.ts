import type { Check, Outcome } from '../../base/outcome.ts';
import type { PhaseResult } from '../../load/aggregate.ts';
import { type AuditFinding, invalidReasons } from '../../load/audit.ts';
import type { PhaseOutcome } from '../../load/run-load.ts';

/** Whether the generator may be believed. */
export function generatorSound(audit: readonly AuditFinding[]): Check {
  const reasons = invalidReasons(audit);
  const isSound = reasons.length === 0;
  const unknown = audit.filter(({ level }) => level === 'unknown').length;
  return {
    id: 'generator-sound',
    claim: 'The generator itself did not limit what was measured.',
    outcome: isSound ? 'pass' : 'invalid',
    expected: 'every self-audit within its bound',
    actual: isSound
      ? `all within${unknown === 0 ? '' : `, ${unknown} not known`}`
      : `${reasons.length} out of bounds`,
    evidence: (isSound ? audit.map(({ text }) => text) : reasons).join(' '),
    remedy: isSound ? '' : 'Lower the load, or run from a machine with more to spare.',
  };
}

/** Whether few enough requests failed. */
export function requestsSucceed(
  outcome: PhaseOutcome,
  result: PhaseResult,
  maxErrorRate: number,
): Check {
  const failures = Object.entries(result.failures).map(([name, count]) => `${name} ${count}`);
  return {
    id: 'requests-succeed',
    claim: `At most ${maxErrorRate * 100} % of the requests fail.`,
    outcome: errorOutcome(result, maxErrorRate),
    expected: `≤ ${maxErrorRate * 100} %`,
    actual:
      result.errorRate === undefined ? 'no request' : `${(result.errorRate * 100).toFixed(1)} %`,
    evidence: [
      `${result.requests} requests`,
      ...(outcome.ended === 'too-many-errors' ? ['ended early'] : []),
      ...failures,
    ].join(', '),
    remedy: failures.length > 0 ? 'Look at the status and class of the failures in --samples.' : '',
  };
}

function errorOutcome(result: PhaseResult, maxErrorRate: number): Outcome {
  if (result.errorRate === undefined) return 'inconclusive';
  if (result.succeeded === 0) return 'error';
  return result.errorRate > maxErrorRate ? 'fail' : 'pass';
}
