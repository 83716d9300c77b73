import { type Finding, settled } from '../../base/outcome.ts';
import { redactUrl } from '../../base/origin.ts';
import type { Answer } from '../../load/send.ts';
import type { Targets } from '../../target/targets.ts';
import { type Probe, failureOf } from '../probe.ts';
import { type Trial, cachedOf, hitAt } from '../trial.ts';
import { reportsOf } from './cached-tokens.ts';

/** A running gateway, also when it is all there is to ask. */
export const gatewayProbe: Probe = {
  id: 'gateway',
  needs: 'gateway',
  async run(context) {
    const { targets } = context;
    const trial = (await context.trials()).gateway!;
    const tried = [trial.first, ...trial.repeats];
    const failed = tried.find((it) => it.error)?.error;
    const claim = 'The gateway answers chat completions.';
    const draft = { id: 'gateway', claim, severity: 'blocking', expected: 'HTTP 200' } as const;
    if (failed) return [failureOf(failed, draft, targets)];
    const evidence = redactUrl(targets.gatewayUrl!);
    const answers = tried.map((it) => it.value!);
    return [
      { ...draft, outcome: 'pass', actual: 'HTTP 200', evidence, remedy: '' },
      reported(trial),
      named(answers, targets),
    ];
  },
};

function reported(trial: Trial): Finding {
  const hit = hitAt(trial);
  const warm = cachedOf(trial.repeats.at(-1)!);
  return settled<Finding>({
    id: 'gateway-cached-tokens',
    claim: 'Cached tokens of a repeated prompt come through the gateway.',
    severity: 'hint',
    outcome: hit === null ? 'inconclusive' : 'pass',
    expected: 'more cached tokens for a repeat than for the first',
    actual: `${cachedOf(trial.first) ?? 'not reported'} then ${warm ?? 'not reported'}`,
    evidence: `the same prompt ${1 + trial.repeats.length} times, each over a new connection`,
    facts: {
      reports: reportsOf(trial),
      repeatsToHit: hit,
      promptTokens: trial.first.value!.sample.promptTokens ?? null,
    },
    remedy:
      reportsOf(trial) === 'never'
        ? 'Let the engines report cached tokens, and the gateway pass usage on; until then latency has to tell.'
        : 'No repeat hit: the gateway sent each to another engine, or the engines cache nothing. The verification tells which.',
  });
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
  return settled<Finding>({
    id: 'gateway-names-engine',
    claim: 'Answers through the gateway name the engine.',
    severity: 'hint',
    outcome: sources.length > 0 ? 'pass' : 'inconclusive',
    expected: 'served_by in the body, or a header',
    actual: sources.join(', ') || 'neither',
    evidence: `response headers: ${Object.keys(answers[0]!.headers).join(', ')}`,
    facts: { namesEngine: sources.length > 0, source: sources[0] ?? null },
    remedy:
      candidates.length > 0
        ? `Add --served-by-header ${candidates[0]}, whose value names an engine.`
        : 'Name the header with --served-by-header if there is one; otherwise engines’ counters and cached tokens have to tell.',
  });
}
