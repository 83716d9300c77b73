import type { Check, Outcome } from '../../base/outcome.ts';
import { worstOutcome } from '../../base/outcome.ts';
import type { Cause } from '../result/result-attribution.ts';
import type { VerifyResult } from '../result/result.ts';
import { causeOf } from './causes/causes.ts';
import { judgeChecks } from './checks.ts';
import type { Evidence } from './evidence.ts';
import { headlineOf } from './headline.ts';

export type Judgement = Pick<VerifyResult, 'outcome' | 'headline' | 'checks' | 'cause'>;

/**
 * The one judgement of a run: checks, cause, headline and outcome follow from each other, so that no
 * report can say two things. Invalid when anything invalidates, whatever the checks say; an error comes
 * first even then.
 */
export function judge(evidence: Evidence, more: readonly Check[]): Judgement {
  const checks = [...judgeChecks(evidence), ...more];
  const { invalidations } = evidence.figures;
  const isFine = invalidations.length === 0 && checks.every((it) => it.outcome === 'pass');
  const cause = isFine ? null : causeOf(evidence, checks);
  const judged = cause ? checks.map((it) => withCause(it, cause)) : checks;
  const outcomes: Outcome[] = judged.map((it) => it.outcome);
  if (invalidations.length > 0) outcomes.push('invalid');
  const outcome = worstOutcome(outcomes);
  return { outcome, checks: judged, cause, headline: headlineOf(evidence, judged, cause) };
}

/** What routing failed at is mended by its cause, not by looking closer. */
const EXPLAINED: ReadonlySet<string> = new Set(['routing', 'preferred-hit-rate', 'routing-gain']);

function withCause(check: Check, cause: Cause): Check {
  if (check.outcome === 'pass' || !EXPLAINED.has(check.id)) return check;
  const isOpen = check.outcome === 'inconclusive';
  const told = cause.id === 'not-known' && isOpen ? [] : [cause.sentence, cause.remedy];
  return { ...check, remedy: [check.remedy, ...told].filter(Boolean).join(' ') };
}
