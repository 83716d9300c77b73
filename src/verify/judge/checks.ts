import { formatDuration } from '../../base/duration.ts';
import { formatCount } from '../../base/figures.ts';
import { sumOf } from '../../base/lists.ts';
import { type Check, type Finding, type Outcome, settled } from '../../base/outcome.ts';
import { worstOutcome } from '../../base/outcome.ts';
import { isSkill } from '../evidence/routing.ts';
import type { LookupEvidence, RoutingEvidence, RoutingTest } from '../result/result-evidence.ts';
import { formatInterval, formatShare } from '../result/format.ts';
import { armName } from '../result/names.ts';
import { routesText } from '../result/routes-text.ts';
import type { Estimate } from './estimate.ts';
import type { Evidence } from './evidence.ts';
import { gainChecks } from './gain-checks.ts';
import { hitRateCheck } from './hit-rate-check.ts';

/** Every claim of a verification, in the order of the argument. */
export function judgeChecks(evidence: Evidence): Check[] {
  return [
    preflightCheck(evidence),
    ...holderChecks(evidence),
    routingCheck(evidence),
    controlCheck(evidence),
    requestsCheck(evidence),
    sourcesCheck(evidence),
    ...gainChecks(evidence, ['cache-gain', 'cache-and-routing']),
    hitRateCheck(evidence),
    ...gainChecks(evidence, ['routing-gain']),
    doseResponseCheck(evidence),
    ...thresholdChecks(evidence),
  ].filter((check) => check !== undefined);
}

function preflightCheck({ figures: { preflight } }: Evidence): Check {
  const blocking = preflight.filter((it) => it.severity === 'blocking');
  const broken = blocking.filter((it) => it.outcome !== 'pass');
  const first = broken[0];
  const others = preflight.filter((it) => it.severity === 'degrading' && it.outcome !== 'pass');
  return settled({
    id: 'preflight',
    claim: 'Nothing stands in the way of measuring.',
    outcome: first ? worstOutcome(broken.map((it) => it.outcome)) : 'pass',
    expected: 'every precondition met',
    actual: first
      ? unmet(first)
      : blocking.length === 0
        ? 'none to meet'
        : `all ${blocking.length} met`,
    evidence: [
      first?.evidence,
      others.length > 0 &&
        `not in the way, but not fine: ${[...new Set(others.map((it) => it.id))].join(', ')}`,
    ],
    remedy: [...new Set(broken.map((it) => it.remedy))].join(' '),
  });
}

function unmet({ claim, expected, actual }: Finding): string {
  return `not met: ${claim} Expected ${expected}, got ${actual}`;
}

/** Asked right after each engine had its prompt, so that nothing was evicted yet. */
function holderChecks({ figures: { routing } }: Evidence): (Check | undefined)[] {
  return [
    holderCheck(routing?.lookup, {
      id: 'lookup',
      claim: 'The controller names the engine that holds a prompt.',
      remedy: 'See the findings "lookup" and "instance-ids" of the preflight for what to check.',
    }),
    holderCheck(routing?.events, {
      id: 'kv-events',
      claim: 'KV events name the engine that holds a prompt.',
      remedy: 'See the finding "kv-events" of the preflight for what to check.',
    }),
  ];
}

function holderCheck(
  answers: LookupEvidence | null | undefined,
  words: Pick<Check, 'id' | 'claim' | 'remedy'>,
): Check | undefined {
  if (!answers || answers.asked === 0) return undefined;
  const { asked, listed, namedHolder, strangers, impossible, admissionMs } = answers;
  return settled({
    ...words,
    outcome: namedHolder === asked && impossible === 0 ? 'pass' : 'fail',
    expected: `the holder named ${asked} of ${asked} times`,
    actual: `named ${namedHolder} of ${asked} times, ${listed} listed at all`,
    evidence: [
      admissionMs === null ? 'never listed' : `listed after ${Math.round(admissionMs)} ms`,
      strangers.length > 0 && `instances that are no engine here: ${strangers.join(', ')}`,
      impossible > 0 && `more tokens than the prompt has, ${impossible} times`,
    ],
  });
}

/** One at a time, with nothing else going on: the best a gateway can do. */
function routingCheck({ figures: { routing }, refusal }: Evidence): Check | undefined {
  if (!routing || routing.tests.length === 0) return undefined;
  const outcome = routingOutcome(routing);
  return {
    id: 'routing',
    claim: 'The gateway sends a prompt whose beginning it can know to the engine that has it.',
    outcome: refusal === null || outcome === 'pass' ? outcome : 'inconclusive',
    expected: 'repeats found more often than by chance',
    actual: `routes by: ${routesText(routing)}`,
    evidence: routing.tests.map(testText).join(' · '),
    remedy: refusal ?? '',
  };
}

function routingOutcome(routing: RoutingEvidence): Outcome {
  const { learns, tests, isOverridden, requests, repeated, uncounted } = routing;
  // What answered is a second copy of the question, or no engine: neither was sent anywhere for its prefix.
  if (Math.max(repeated ?? 0, uncounted ?? 0) > requests / 2) return 'inconclusive';
  const isAffinity = learns === 'index' || learns === 'memory';
  if (isOverridden ? tests.some(isSkill) : isAffinity) return 'pass';
  return learns === 'none' || learns === 'session' || learns === 'connection'
    ? 'fail'
    : 'inconclusive';
}

function testText({ id, trials, found, unknown, chance, p }: RoutingTest): string {
  const told = trials - unknown;
  const odds = chance === null ? 'chance unknown' : `chance ${formatShare(chance)}`;
  return `${id}: ${found} of ${told} found (${odds}${p === null ? '' : `, p = ${p.toPrecision(2)}`})`;
}

/** Without a visible cache effect no absence of a gain means anything. */
function controlCheck({ figures: { controls } }: Evidence): Check | undefined {
  if (!controls) return undefined;
  const { differenceMs, effect, pairs } = controls;
  return settled({
    id: 'control',
    claim:
      'This deployment shows a cache effect: the engine with the prefix answers sooner than one without.',
    outcome: effect === 'seen' ? 'pass' : 'inconclusive',
    expected: 'time saved for certain',
    actual: savedText(differenceMs),
    evidence: `${pairs} pairs, cached tokens ${controls.preferredCachedTokens ?? 'unknown'} against ${controls.wrongCachedTokens ?? 'unknown'}`,
    remedy:
      'Check that prefix caching is on; use longer prefixes (--prefix-tokens), since short ones save less than the noise.',
  });
}

function savedText({ value, interval }: Estimate): string {
  return formatDuration(value) + formatInterval(interval, formatDuration);
}

function requestsCheck({ figures: { arms } }: Evidence): Check | undefined {
  const requests = sumOf(arms, (it) => it.requests);
  if (requests === 0) return undefined;
  const errors = sumOf(arms, (it) => it.errors);
  const failing = arms.filter((it) => it.errors > 0).map((it) => `${armName(it.id)}: ${it.errors}`);
  return settled({
    id: 'requests-succeed',
    claim: 'Requests are answered, to their end.',
    outcome: errors === 0 ? 'pass' : 'fail',
    expected: 'no failed request',
    actual: `${errors} of ${formatCount(requests)} failed`,
    evidence: failing.join(', ') || 'every arm',
    remedy: 'Look at the failed requests in the sample log and at the servers’ logs.',
  });
}

/** What answers say of themselves, against what the engines count. */
function sourcesCheck({ figures: { served, routing } }: Evidence): Check | undefined {
  const sources = served?.sources ?? [];
  if (!routing || sources.length === 0) return undefined;
  const liars = sources.filter((it) => !it.isTrusted);
  return settled({
    id: 'evidence-agrees',
    claim: 'What answers say of their engine and its cache agrees with what the engines count.',
    outcome: liars.length === 0 ? 'pass' : 'fail',
    expected: 'no contradiction',
    actual:
      liars.length === 0
        ? 'no source contradicts'
        : `not believed: ${liars.map((it) => it.source).join(', ')}`,
    evidence: sources.map((it) =>
      it.isTrusted || it.contradiction === null
        ? `${it.source}: ${it.agreed} of ${it.compared} agree`
        : it.contradiction,
    ),
    remedy:
      'Whatever writes that header or field does not know it; judge this deployment by the engines’ own counters, as this run did.',
  });
}

function doseResponseCheck({ figures: { doseResponse } }: Evidence): Check | undefined {
  if (!doseResponse) return undefined;
  const { verdict, msSavedPer1000Tokens: saved, points } = doseResponse;
  return settled({
    id: 'dose-response',
    claim: 'The more tokens come from cache, the sooner the first token: the hits cause the gain.',
    outcome: verdict === 'causal' ? 'pass' : verdict === 'none' ? 'fail' : 'inconclusive',
    expected: 'time saved for certain by each 1,000 cached tokens',
    actual: saved ? savedText(saved) : 'not resolved',
    evidence: points
      .map((it) => `${formatCount(it.cachedTokens)} tokens: ${formatDuration(it.ttftMsP50)}`)
      .join(', '),
    remedy: 'Use longer prompts (--prefix-tokens): what a cache saves must stand out of the noise.',
  });
}

function thresholdChecks({ figures: { thresholds } }: Evidence): Check[] {
  return thresholds.map(({ text, outcome, actual, interval }, index) =>
    settled({
      id: `threshold-${index + 1}`,
      claim: `The threshold holds: ${text}.`,
      outcome,
      expected: text,
      actual: actual === null ? 'not measured' : String(Number(actual.toPrecision(4))),
      evidence: interval
        ? `95 %: ${interval.low.toPrecision(4)} to ${interval.high.toPrecision(4)}`
        : 'no interval',
      remedy:
        outcome === 'fail'
          ? 'The measured figure is out of bounds.'
          : 'The interval spans the bound, or the figure has none: measure longer.',
    }),
  );
}
