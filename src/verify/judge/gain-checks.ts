import { present } from '../../base/lists.ts';
import { type Check, settled } from '../../base/outcome.ts';
import { formatShare } from '../result/format.ts';
import { armName } from '../result/names.ts';
import type { Comparison, ComparisonId } from '../result/result-arms.ts';
import type { Evidence } from './evidence.ts';
import { changeText } from './headline.ts';

interface GainClaim {
  claim: string;
  /** When it fails; what its cause is stands in the judgement. */
  remedy: string;
}

const CLAIMS: Partial<Record<ComparisonId, GainClaim>> = {
  'cache-gain': {
    claim: 'A prefix in an engine’s cache lowers TTFT p95, the gateway left out.',
    remedy:
      'Check prefix caching on the engines, and whether the prefixes survive until they are used.',
  },
  'cache-and-routing': {
    claim: 'Cache and routing together lower TTFT p95.',
    remedy: 'Give the engines behind the gateway with --engine to tell what is lost where.',
  },
  'routing-gain': { claim: 'KV-cache-aware routing lowers TTFT p95.', remedy: '' },
};

export function gainChecks(evidence: Evidence, ids: readonly ComparisonId[]): Check[] {
  return evidence.figures.comparisons
    .filter(({ id }) => ids.includes(id))
    .map((found) => gainCheck(found, CLAIMS[found.id]!, evidence));
}

function gainCheck(found: Comparison, texts: GainClaim, { refusal, figures }: Evidence): Check {
  const isRefused = found.id === 'routing-gain' && refusal !== null;
  const outcome = found.outcome ?? 'inconclusive';
  const effect = found.minimumDetectableEffect;
  const isDirect = found.id === 'routing-gain' && figures.comparable['routingOff'] === 'direct';
  return settled({
    id: found.id,
    claim: texts.claim,
    outcome,
    expected: 'less time for certain',
    actual: changeText(found),
    evidence: [
      `${armName(found.base)} against ${armName(found.treatment)}, ${found.pairs} pairs of blocks`,
      isDirect &&
        'routing off goes straight to engines drawn at random: the gateway’s own time counts against routing',
      found.baseFailures > 0 &&
        `${found.baseFailures} failures with ${armName(found.base)} left out`,
      found.pValue !== null && `sign-flip p = ${found.pValue.toPrecision(2)}`,
      effect !== null && `a cut by ${formatShare(effect)} would have been seen`,
      !isRefused && found.reason,
    ],
    remedy: isRefused
      ? refusal
      : present([outcome === 'inconclusive' && MORE, texts.remedy]).join(' '),
  });
}

const MORE = 'Measure longer (--thorough, or --until-resolved) or on a quieter system.';
