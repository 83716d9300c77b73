import { present } from '../../base/lists.ts';
import { formatDuration } from '../../base/duration.ts';
import { type Check, type Outcome, settled } from '../../base/outcome.ts';
import { formatShare } from '../../verify/result/format.ts';
import type { PhaseResult } from '../../load/aggregate.ts';
import { type AuditFinding, invalidReasons } from '../../load/audit.ts';
import type { FailureKind } from '../../load/failure-tally.ts';
import type { PhaseOutcome } from '../../load/run-load.ts';

/** Whether the generator may be believed. */
export function generatorSound(audit: readonly AuditFinding[]): Check {
  const reasons = invalidReasons(audit);
  const isSound = reasons.length === 0;
  const unknown = audit.filter(({ level }) => level === 'unknown').length;
  return settled({
    id: 'generator-sound',
    claim: 'The generator itself did not limit what was measured.',
    outcome: isSound ? 'pass' : 'invalid',
    expected: 'every self-audit within its bound',
    actual: isSound
      ? `all within${unknown === 0 ? '' : `, ${unknown} not known`}`
      : `${reasons.length} out of bounds`,
    evidence: (isSound ? audit.map(({ text }) => text) : reasons).join(' '),
    remedy: 'Lower the load, or run from a machine with more to spare.',
  });
}

/** What a run came to, and what its failures said. */
export interface SucceedInput {
  outcome: PhaseOutcome;
  result: PhaseResult;
  failures: readonly FailureKind[];
  timeoutMs: number;
}

/** Whether few enough requests failed. */
export function requestsSucceed(
  { outcome, result, failures, timeoutMs }: SucceedInput,
  maxErrorRate: number,
): Check {
  const hasFailures = failures.length > 0;
  const early = outcome.ended === 'too-many-errors' ? ', ended early' : '';
  return {
    id: 'requests-succeed',
    claim: `At most ${maxErrorRate * 100} % of the requests fail.`,
    outcome: errorOutcome(result, maxErrorRate),
    expected: `≤ ${maxErrorRate * 100} %`,
    actual: result.errorRate === null ? 'no request' : formatShare(result.errorRate),
    evidence: present([
      `${result.requests} requests${early}`,
      ...failures.map(failureText),
      hasFailures &&
        result.succeeded > 0 &&
        `in latency and TTFT failures count at the limit of ${formatDuration(timeoutMs)}`,
    ]).join('; '),
    remedy: hasFailures
      ? 'The first failure of each class is quoted; --samples FILE keeps what every one said.'
      : '',
  };
}

/** Of a server that answers nothing: there is nothing to load. */
export function unansweredCheck(failures: readonly FailureKind[], isPartial: boolean): Check {
  return settled({
    id: 'requests-succeed',
    claim: 'The server answers requests that come one at a time.',
    outcome: isPartial ? 'inconclusive' : 'error',
    expected: 'at least one answer',
    actual: 'none',
    evidence: failures.map(failureText),
    remedy: 'kvcache request --url asks once and shows what comes back.',
  });
}

function failureText({ failure, count, status, problem }: FailureKind): string {
  const seen = present([
    status !== undefined && `HTTP ${status}`,
    problem !== undefined && `"${problem}"`,
  ]);
  return `${failure} ${count} (the first: ${seen.join(' ') || 'nothing was said'})`;
}

function errorOutcome(result: PhaseResult, maxErrorRate: number): Outcome {
  if (result.errorRate === null) return 'inconclusive';
  if (result.succeeded === 0) return 'error';
  return result.errorRate > maxErrorRate ? 'fail' : 'pass';
}
