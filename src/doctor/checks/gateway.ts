import type { Finding } from '../../base/outcome.ts';
import { redactUrl } from '../../base/origin.ts';
import type { Answer } from '../../load/send.ts';
import type { Targets } from '../../target/targets.ts';
import { type Probe, type ProbeContext, failureOf, notPassed, passed } from '../probe.ts';
import { type Trial, cachedOf, hitAt } from '../trial.ts';
import { reportsOf } from './cached-tokens.ts';

/** A running gateway, also when it is all there is to ask. */
export const gatewayProbe: Probe = {
  id: 'gateway',
  needs: 'gateway',
  async run(context) {
    const trial = (await context.trials()).gateway!;
    const failed = [trial.first, ...trial.repeats].find((it) => it.error)?.error;
    if (failed) {
      const claim = 'The gateway answers chat completions.';
      const draft = { id: 'gateway', claim, severity: 'blocking', expected: 'HTTP 200' } as const;
      return [failureOf(failed, draft, context.targets)];
    }
    const answers = [trial.first, ...trial.repeats].map((it) => it.value!);
    return [answered(context), reported(trial), named(answers, context.targets)];
  },
};

function answered({ targets }: ProbeContext): Finding {
  return passed('gateway', {
    claim: 'The gateway answers chat completions.',
    severity: 'blocking',
    expected: 'HTTP 200',
    actual: 'HTTP 200',
    evidence: redactUrl(targets.gatewayUrl!),
  });
}

function reported(trial: Trial): Finding {
  const hit = hitAt(trial);
  const warm = cachedOf(trial.repeats.at(-1)!);
  const draft = {
    claim: 'Cached tokens of a repeated prompt come through the gateway.',
    severity: 'hint',
    expected: 'more cached tokens for a repeat than for the first',
    actual: `${cachedOf(trial.first) ?? 'not reported'} then ${warm ?? 'not reported'}`,
    evidence: `the same prompt ${1 + trial.repeats.length} times, each over a new connection`,
    facts: {
      reports: reportsOf(trial),
      repeatsToHit: hit,
      promptTokens: trial.first.value!.sample.promptTokens ?? null,
    },
  } as const;
  if (hit !== null) return passed('gateway-cached-tokens', draft);
  const remedy =
    reportsOf(trial) === 'never'
      ? 'Let the engines report cached tokens, and the gateway pass usage on; until then latency has to tell.'
      : 'No repeat hit: the gateway sent each to another engine, or the engines cache nothing. The verification tells which.';
  return notPassed('gateway-cached-tokens', 'inconclusive', { ...draft, remedy });
}

/** Whether an answer says who served it, and by which headers it might. */
function named(answers: readonly Answer[], targets: Targets): Finding {
  const { servedByHeaders, engines } = targets;
  const own = answers.flatMap(({ sample }) => sample.servedBySource ?? []);
  const asked = servedByHeaders.filter((name) => answers.some(({ headers }) => headers[name]));
  const sources = [...new Set([...own, ...asked.map((name) => `header ${name}`)])];
  const candidates = Object.entries(answers[0]!.headers).flatMap(([name, value]) =>
    engines.some(({ id, address }) => [id, address].some((it) => value.includes(it))) ? [name] : [],
  );
  const draft = {
    claim: 'Answers through the gateway name the engine.',
    severity: 'hint',
    expected: 'served_by in the body, or a header',
    actual: sources.join(', ') || 'neither',
    evidence: `response headers: ${Object.keys(answers[0]!.headers).join(', ')}`,
    facts: { namesEngine: sources.length > 0, source: sources[0] ?? null },
  } as const;
  if (sources.length > 0) return passed('gateway-names-engine', draft);
  return notPassed('gateway-names-engine', 'inconclusive', {
    ...draft,
    remedy:
      candidates.length > 0
        ? `Add --served-by-header ${candidates[0]}, whose value names an engine.`
        : 'Name the header with --served-by-header if there is one; otherwise engines’ counters and cached tokens have to tell.',
  });
}
