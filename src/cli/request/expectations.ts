import { type Check, settled } from '../../base/outcome.ts';
import type { Answer } from '../../load/send.ts';

/** What the caller wants to be true. Both are judged on the last request; earlier ones fill the caches. */
export interface Expectations {
  servedBy?: string | undefined;
  /** At least this many prompt tokens from the cache, as the engine reports them. */
  cachedTokensMin?: number | undefined;
}

/** One check per expectation, after the one that every request was answered. */
export function judgeRequests(answers: readonly Answer[], expectations: Expectations): Check[] {
  const last = answers.at(-1)!;
  const checks = [judgeAnswered(answers)];
  if (expectations.servedBy !== undefined) checks.push(judgeServedBy(last, expectations.servedBy));
  if (expectations.cachedTokensMin !== undefined) {
    checks.push(judgeCachedTokens(last, expectations.cachedTokensMin));
  }
  return checks;
}

function judgeAnswered(answers: readonly Answer[]): Check {
  const broken = answers.filter(({ sample }) => sample.failure !== undefined);
  return settled({
    id: 'requests-answered',
    claim: 'Every request was answered: a 2xx status, and an answer that came to its end',
    outcome: broken.length === 0 ? 'pass' : 'fail',
    expected: `${answers.length} × HTTP 2xx`,
    actual: answers.map(endOf).join(', '),
    evidence: broken[0]
      ? `${broken[0].sample.problem} ${bodyOf(broken[0])}`
      : `${answers.length} answers`,
    remedy: 'The body above says what the gateway or the engine objects to.',
  });
}

function endOf({ sample: { status, failure } }: Answer): string {
  return failure === undefined || failure === 'http'
    ? `HTTP ${status}`
    : `HTTP ${status} (${failure})`;
}

function judgeServedBy(last: Answer, expected: string): Check {
  const { servedBy, servedBySource } = last.sample;
  const outcome = servedBy === undefined ? 'inconclusive' : servedBy === expected ? 'pass' : 'fail';
  return settled({
    id: 'served-by',
    claim: `The last request was served by ${expected}`,
    outcome,
    expected,
    actual: servedBy === undefined ? 'unknown' : `${servedBy} (${servedBySource})`,
    evidence: bodyOf(last),
    remedy:
      outcome === 'fail'
        ? 'See the reason header, or ask kvcache gateway explain why another endpoint was chosen.'
        : 'Nothing in body or headers names the engine: use the embedded gateway, or compare the counters of the engines.',
  });
}

function judgeCachedTokens(last: Answer, min: number): Check {
  const { cachedTokens } = last.sample;
  const outcome =
    cachedTokens === undefined ? 'inconclusive' : cachedTokens >= min ? 'pass' : 'fail';
  return settled({
    id: 'cached-tokens',
    claim: `The last request found at least ${min} prompt tokens in the cache`,
    outcome,
    expected: `cached_tokens ≥ ${min}`,
    actual: cachedTokens === undefined ? 'not reported' : `cached_tokens = ${cachedTokens}`,
    evidence: bodyOf(last),
    remedy:
      outcome === 'fail'
        ? 'Send it more than once (-n 2), with a prompt of several cache blocks, and check who served it.'
        : 'Start vLLM with --enable-prompt-tokens-details so that it reports cached tokens.',
  });
}

function bodyOf({ sample, body }: Answer): string {
  return `HTTP ${sample.status} ${body.replace(/\s+/g, ' ').slice(0, 300)}`;
}
