import type { Finding } from '../../base/outcome.ts';
import type { EngineProfile } from '../../target/engine-profile.ts';
import { type Probe, type ProbeContext, engineName, failureOf } from '../probe.ts';
import { type Trial, cachedOf, hitAt } from '../trial.ts';
import { whyNoHit } from './no-hit.ts';

/** Completions work, the prompt is new, its repeat hits, and the engine says so. Every engine is asked. */
export const cachedTokensProbe: Probe = {
  id: 'cached-tokens',
  needs: 'engines',
  async run(context) {
    const { engines } = await context.trials();
    return context.profiles.map((profile, index) => {
      const trial = engines[index]!;
      return completionFailure(profile, trial, context) ?? judge(profile, trial);
    });
  },
};

function completionFailure(
  { engine }: EngineProfile,
  { first, repeats }: Trial,
  { targets }: ProbeContext,
): Finding | undefined {
  const failed = [first, ...repeats].find((it) => it.error)?.error;
  if (!failed) return undefined;
  const draft = {
    id: 'completion',
    claim: `The engine answers chat completions: ${engineName(engine)}.`,
    severity: 'blocking',
    expected: 'HTTP 200',
  } as const;
  return failureOf(failed, draft, targets);
}

/** `always`: also a miss is reported, as 0; `hits`: only hits; `never`. */
export function reportsOf({ first, repeats }: Trial): 'always' | 'hits' | 'never' {
  if (cachedOf(first) !== null) return 'always';
  return repeats.some((it) => cachedOf(it) !== null) ? 'hits' : 'never';
}

function judge(profile: EngineProfile, trial: Trial): Finding {
  const { engine, kind } = profile;
  const hit = hitAt(trial);
  const cold = cachedOf(trial.first);
  const warm = cachedOf(trial.repeats.at(-1)!);
  const countedHits = trial.gained.engines[engine.id]?.prefixHits ?? null;
  const facts = {
    engine: engine.id,
    reports: reportsOf(trial),
    promptTokens: trial.first.value!.sample.promptTokens ?? null,
    firstCached: cold,
    repeatCached: warm,
    repeatsToHit: hit,
    countedHits,
    needsLongPrompts: trial.isLong,
  };
  const draft = {
    id: 'cached-tokens',
    claim: `The engine reuses a repeated prompt and reports it: ${engineName(engine)}.`,
    severity: 'degrading',
    expected: 'more cached tokens for a repeat than for the first',
    actual: `${cold ?? 'not reported'} then ${warm ?? 'not reported'}`,
    evidence: `usage.prompt_tokens_details.cached_tokens of ${facts.promptTokens ?? '?'} tokens sent ${1 + trial.repeats.length} times; ${countedHits ?? 'no'} hit tokens counted`,
    facts,
  } as const;
  if (trial.isLong) return longOnly(draft, warm!);
  if (hit !== null) return { ...draft, outcome: 'pass', remedy: '' };
  if (facts.reports === 'never' && countedHits !== 0) {
    return {
      ...draft,
      severity: 'hint',
      outcome: 'inconclusive',
      remedy: `${kind.advice.cachedTokens} Missing is unknown, not zero; counters and latency stand in.`,
    };
  }
  const { cause, remedy } = whyNoHit(profile, trial);
  return { ...draft, outcome: 'fail', remedy, facts: { ...facts, cause } };
}

function longOnly(draft: Omit<Finding, 'outcome' | 'remedy'>, cached: number): Finding {
  return {
    ...draft,
    outcome: 'inconclusive',
    actual: `${draft.actual}, after a prompt of usual length had missed`,
    remedy: `The engine reuses blocks of up to ${cached} tokens, larger than a usual prompt: verify with --prefix-tokens above that, and expect no hits for shorter prefixes.`,
    facts: { ...draft.facts, cause: 'block-larger-than-probe' },
  };
}
