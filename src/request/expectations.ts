import type { Check } from '../base/outcome.ts';
import type { ChatExchange } from '../net/chat-exchange.ts';

/** What the caller wants to be true. Both are judged on the last request; earlier ones fill the caches. */
export interface Expectations {
  servedBy?: string | undefined;
  /** At least this many prompt tokens from the cache, as the engine reports them. */
  cachedTokensMin?: number | undefined;
}

/** One check per expectation, after the one that every request was answered 2xx. */
export function judgeRequests(
  exchanges: readonly ChatExchange[],
  expectations: Expectations,
): Check[] {
  const last = exchanges.at(-1)!;
  const checks = [judgeAnswered(exchanges)];
  if (expectations.servedBy !== undefined) checks.push(judgeServedBy(last, expectations.servedBy));
  if (expectations.cachedTokensMin !== undefined) {
    checks.push(judgeCachedTokens(last, expectations.cachedTokensMin));
  }
  return checks;
}

function judgeAnswered(exchanges: readonly ChatExchange[]): Check {
  const refused = exchanges.filter(({ status }) => status < 200 || status > 299);
  const isPass = refused.length === 0;
  return {
    id: 'requests-answered',
    claim: 'Every request was answered with a 2xx status',
    outcome: isPass ? 'pass' : 'fail',
    expected: `${exchanges.length} × HTTP 2xx`,
    actual: exchanges.map(({ status }) => `HTTP ${status}`).join(', '),
    evidence: refused[0] ? bodyOf(refused[0]) : `${exchanges.length} answers`,
    remedy: isPass ? '' : 'The body above says what the gateway or the engine objects to.',
  };
}

function judgeServedBy(last: ChatExchange, expected: string): Check {
  const { servedBy } = last;
  const outcome =
    servedBy === undefined ? 'inconclusive' : servedBy.endpoint === expected ? 'pass' : 'fail';
  return {
    id: 'served-by',
    claim: `The last request was served by ${expected}`,
    outcome,
    expected,
    actual: servedBy ? `${servedBy.endpoint} (${servedBy.source})` : 'unknown',
    evidence: bodyOf(last),
    remedy: SERVED_BY_REMEDY[outcome],
  };
}

const SERVED_BY_REMEDY = {
  pass: '',
  fail: 'See the reason header, or ask kvcache gateway explain why another endpoint was chosen.',
  inconclusive:
    'Nothing in body or headers names the engine: use the embedded gateway, or compare the counters of the engines.',
} as const;

function judgeCachedTokens(last: ChatExchange, min: number): Check {
  const { cachedTokens } = last.usage;
  const outcome =
    cachedTokens === undefined ? 'inconclusive' : cachedTokens >= min ? 'pass' : 'fail';
  return {
    id: 'cached-tokens',
    claim: `The last request found at least ${min} prompt tokens in the cache`,
    outcome,
    expected: `cached_tokens ≥ ${min}`,
    actual: cachedTokens === undefined ? 'not reported' : `cached_tokens = ${cachedTokens}`,
    evidence: bodyOf(last),
    remedy: CACHED_TOKENS_REMEDY[outcome],
  };
}

const CACHED_TOKENS_REMEDY = {
  pass: '',
  fail: 'Send it more than once (-n 2), with a prompt of several cache blocks, and check who served it.',
  inconclusive: 'Start vLLM with --enable-prompt-tokens-details so that it reports cached tokens.',
} as const;

function bodyOf({ status, body }: ChatExchange): string {
  return `HTTP ${status} ${body.replace(/\s+/g, ' ').slice(0, 300)}`;
}
