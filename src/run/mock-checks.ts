import { type Check, settled } from '../base/outcome.ts';
import type { Answer } from '../load/send.ts';
import { counter, type MockStats, type Stats } from '../stack/mock-stats.ts';

/** What the sample's five checks are judged on. */
export interface MockEvidence {
  /** The same prompt sent twice through the gateway. */
  answers: readonly [Answer, Answer];
  stats: MockStats;
}

/** The engine the mock controller prefers and the sample's config pins to. */
export const PREFERRED_ENDPOINT = 'mock-llm-b';

interface CounterClaim {
  id: string;
  claim: string;
  backend: keyof MockStats;
  backendTitle: string;
  counter: string;
  min: number;
  remedy: string;
}

export const TOKENIZE_CALLED: CounterClaim = {
  id: 'tokenize-called',
  claim: 'The gateway had engine A tokenize the prompt',
  backend: 'engineA',
  backendTitle: 'engine A',
  counter: 'tokenize_calls',
  min: 1,
  remedy:
    'Check vllm_endpoint and token_cache.enabled of the kvcache filter, and that the filter stands before dgp.filter.llm.proxy.',
};

export const LOOKUP_CALLED: CounterClaim = {
  id: 'lookup-called',
  claim: 'The tokens were looked up for the cache and for the hint',
  backend: 'controller',
  backendTitle: 'controller',
  counter: 'lookup_calls',
  min: 2,
  remedy:
    'Check lmcache_endpoint of the kvcache filter; with one lookup only, the repeat missed the token cache.',
};

export const PIN_CALLED: CounterClaim = {
  id: 'pin-called',
  claim: 'The gateway pinned the hot prompt',
  backend: 'controller',
  backendTitle: 'controller',
  counter: 'pin_calls',
  min: 1,
  remedy: 'Check cache_strategy: enable_pinning, hot_content_threshold 1, pin_instance_id.',
};

export const PREFERRED_CHATTED: CounterClaim = {
  id: 'preferred-engine-chatted',
  claim: 'Engine B itself counted a chat request',
  backend: 'engineB',
  backendTitle: 'engine B',
  counter: 'chat_calls',
  min: 1,
  remedy: 'Check that the endpoint mock-llm-b of the config has the address of engine B.',
};

export const MOCK_CHECKS = 5;

/** The sample's five checks, each judged whatever the others say. */
export function judgeMock(evidence: MockEvidence): Check[] {
  const { stats } = evidence;
  return [
    judgeCounter(TOKENIZE_CALLED, stats),
    judgeCounter(LOOKUP_CALLED, stats),
    judgeCounter(PIN_CALLED, stats),
    judgeServedBy(evidence.answers[1]),
    judgeCounter(PREFERRED_CHATTED, stats),
  ];
}

/** Whether a counter claim holds already; for waiting until it does. */
export function holds(claim: CounterClaim, stats: MockStats): boolean {
  return (counter(stats[claim.backend], claim.counter) ?? 0) >= claim.min;
}

function judgeCounter(claim: CounterClaim, stats: MockStats): Check {
  const seen: Stats = stats[claim.backend];
  const value = counter(seen, claim.counter);
  return settled({
    id: claim.id,
    claim: claim.claim,
    outcome: holds(claim, stats) ? 'pass' : 'fail',
    expected: `${claim.backendTitle} ${claim.counter} ≥ ${claim.min}`,
    actual: `${claim.counter} = ${value ?? 'not reported'}`,
    evidence: `GET /stats of ${claim.backendTitle}: ${JSON.stringify(seen)}`,
    remedy: claim.remedy,
  });
}

export const SERVED_BY_PREFERRED = 'repeat-served-by-preferred';

export function isServedByPreferred({ sample }: Answer): boolean {
  return sample.servedBy === PREFERRED_ENDPOINT;
}

function judgeServedBy(answer: Answer): Check {
  const { status, servedBy, servedBySource } = answer.sample;
  return settled({
    id: SERVED_BY_PREFERRED,
    claim: 'Request 2 was served by the preferred engine',
    outcome: isServedByPreferred(answer) ? 'pass' : 'fail',
    expected: `served_by = ${PREFERRED_ENDPOINT}`,
    actual:
      servedBy === undefined
        ? `unknown (HTTP ${status} names nobody)`
        : `served_by = ${servedBy} (${servedBySource})`,
    evidence: `answer of request 2: HTTP ${status} ${answer.body.slice(0, 300)}`,
    remedy:
      'Check that the endpoint ids equal the instance ids of the controller, and lookup_routing_timeout.',
  });
}
