import { formatCount } from '../base/figures.ts';
import { countBy, groupBy, sumOf } from '../base/lists.ts';
import { compareArms } from '../stats/compare.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { type ScenarioEvidence, type SentRequest } from './evidence.ts';
import type { CheckSpec, Measure } from './scenario.ts';

/** What a measure found. Exact figures have `low` = `value` = `high`. */
export interface Reading {
  value: number;
  /** 95 % interval where the value is an estimate. */
  low: number;
  high: number;
  unit: 'share' | 'count' | 'ratio';
  /** Counts behind the value. */
  evidence: string;
  /** Of a timing: the median it is measured against. */
  baseMs?: number;
}

type Measuring = (check: CheckSpec, evidence: ScenarioEvidence, seed: number) => Reading | string;

/** Reads what a check looks at; a text says why there is nothing to read. */
export function measure(
  check: CheckSpec,
  evidence: ScenarioEvidence,
  seed: number,
): Reading | string {
  return MEASURING[check.measure](check, evidence, seed);
}

/** docs/scenarios.md explains them to people; a test keeps the two equal. */
const MEASURING: Readonly<Record<Measure, Measuring>> = {
  'holder-rate': holderRate,
  'cache-hit-rate': (check, evidence) => {
    const known = served(check, evidence).filter(({ cachedTokens }) => cachedTokens !== undefined);
    return rate(known, ({ cachedTokens }) => cachedTokens! > 0, 'answers reported cached tokens');
  },
  'reason-rate': (check, evidence) => {
    const known = ofSteps(check, evidence).filter(({ reason }) => reason !== undefined);
    const reading = rate(known, ({ reason }) => check.reasons.includes(reason!), 'requests');
    if (typeof reading === 'string') return reading;
    return {
      ...reading,
      evidence: tally(
        'reasons',
        countBy(known, ({ reason }) => reason),
      ),
    };
  },
  'growing-rate': growingRate,
  'cached-share': cachedShare,
  'unkept-prediction-share': unkeptShare,
  'largest-share': (check, evidence) => shareOfEngines(check, evidence, Math.max),
  'smallest-share': (check, evidence) => shareOfEngines(check, evidence, Math.min),
  'requests-failed': (check, evidence) =>
    failures(check, evidence, ({ failure }) => failure !== undefined),
  'requests-unanswered': (check, evidence) =>
    failures(check, evidence, ({ failure }) => failure === 'unanswered'),
  'streams-cut': (check, evidence) => failures(check, evidence, ({ failure }) => failure === 'cut'),
  'answers-differing': answersDiffering,
  'blocks-evicted': (_check, { blocksEvicted }) =>
    blocksEvicted === undefined
      ? 'the engines were not asked yet'
      : exact(
          blocksEvicted,
          'count',
          `GET /__mock/state of the engines: ${blocksEvicted} blocks left`,
        ),
  'ttft-ratio': ttftRatio,
};

function ofSteps({ steps }: Pick<CheckSpec, 'steps'>, { requests }: ScenarioEvidence) {
  return requests.filter(({ step }) => steps.includes(step));
}

function served(check: Pick<CheckSpec, 'steps'>, evidence: ScenarioEvidence): SentRequest[] {
  return ofSteps(check, evidence).filter(({ failure }) => failure === undefined);
}

/** Of requests whose prefix was served before: those that went to the engine that served it first. */
function holderRate(check: CheckSpec, evidence: ScenarioEvidence): Reading | string {
  const holders = new Map<string, string>();
  const repeats: { isHit: boolean }[] = [];
  for (const request of evidence.requests) {
    const { groupKey, servedBy, step, failure } = request;
    if (failure !== undefined || servedBy === undefined) continue;
    const holder = holders.get(groupKey);
    if (holder === undefined) holders.set(groupKey, servedBy);
    else if (check.steps.includes(step)) repeats.push({ isHit: holder === servedBy });
  }
  return rate(repeats, ({ isHit }) => isHit, 'repeats went to the engine that served them first');
}

/** Of a chat's turns after its first: those with more cached tokens than the turn before. */
function growingRate(check: CheckSpec, evidence: ScenarioEvidence): Reading | string {
  const last = new Map<string, number>();
  const turns: { hasGrown: boolean }[] = [];
  for (const { groupKey, cachedTokens } of served(check, evidence)) {
    if (cachedTokens === undefined) continue;
    const before = last.get(groupKey);
    if (before !== undefined) turns.push({ hasGrown: cachedTokens > before });
    last.set(groupKey, cachedTokens);
  }
  return rate(turns, ({ hasGrown }) => hasGrown, 'turns found more cached than the one before');
}

function cachedShare(check: CheckSpec, evidence: ScenarioEvidence): Reading | string {
  const known = served(check, evidence).filter(
    ({ promptTokens, cachedTokens }) => promptTokens !== undefined && cachedTokens !== undefined,
  );
  const prompt = sumOf(known, (it) => it.promptTokens!);
  if (prompt === 0) return 'no answer reported prompt and cached tokens';
  const cached = sumOf(known, (it) => it.cachedTokens!);
  return exact(
    cached / prompt,
    'share',
    `${formatCount(cached)} of ${formatCount(prompt)} prompt tokens were cached`,
  );
}

/** Of the tokens the gateway expected to be cached: those the engine did not have. */
function unkeptShare(check: CheckSpec, evidence: ScenarioEvidence): Reading | string {
  const known = served(check, evidence).filter(
    ({ predictedTokens, cachedTokens }) =>
      predictedTokens !== undefined && cachedTokens !== undefined,
  );
  const predicted = sumOf(known, (it) => it.predictedTokens!);
  if (predicted === 0) return 'the gateway predicted no cached tokens';
  const unkept = sumOf(known, ({ predictedTokens, cachedTokens }) =>
    Math.max(0, predictedTokens! - cachedTokens!),
  );
  return exact(
    unkept / predicted,
    'share',
    `${formatCount(unkept)} of ${formatCount(predicted)} tokens predicted were not in the cache`,
  );
}

function shareOfEngines(
  check: CheckSpec,
  evidence: ScenarioEvidence,
  pick: (...values: number[]) => number,
): Reading | string {
  const known = served(check, evidence).filter(({ servedBy }) => servedBy !== undefined);
  if (known.length === 0) return 'no answer says who served it';
  const counts = countBy(known, ({ servedBy }) => servedBy);
  const shares = evidence.engineIds.map((id) => (counts[id] ?? 0) / known.length);
  return exact(pick(...shares), 'share', tally('served by', counts));
}

function failures(
  check: CheckSpec,
  evidence: ScenarioEvidence,
  isFailure: (request: SentRequest) => boolean,
): Reading | string {
  const all = ofSteps(check, evidence);
  const failed = all.filter(isFailure);
  const statuses = countBy(all, ({ status }) => status?.toString() ?? 'unknown');
  return exact(failed.length, 'count', `of ${all.length} requests; ${tally('HTTP', statuses)}`);
}

function answersDiffering(check: CheckSpec, evidence: ScenarioEvidence): Reading | string {
  const answers = new Map<string, Set<string>>();
  let repeats = 0;
  for (const { promptKey, answer } of served(check, evidence)) {
    const known = answers.get(promptKey);
    if (known !== undefined) repeats++;
    answers.set(promptKey, (known ?? new Set()).add(answer));
  }
  if (repeats === 0) return 'no prompt was answered twice';
  const differing = [...answers.values()].filter(({ size }) => size > 1).length;
  return exact(differing, 'count', `${answers.size} prompts, ${repeats} answered again`);
}

/** Median TTFT against that of the same prompts in other steps, paired by prompt. */
function ttftRatio(check: CheckSpec, evidence: ScenarioEvidence, seed: number): Reading | string {
  const base = ttftsByPrompt(served({ steps: check.against }, evidence));
  const treated = ttftsByPrompt(served(check, evidence));
  const pairs = [...base].map(([promptKey, ttfts]) => ({
    base: ttfts,
    treated: treated.get(promptKey) ?? [],
  }));
  const found = compareArms(pairs, { percent: 50, seed });
  if (found.ratio === undefined || found.interval === undefined) return found.reason;
  const medians = `${found.treated.value!.toFixed(1)} ms against ${found.base.value!.toFixed(1)} ms`;
  const { low, high } = found.interval;
  const counts = `n = ${found.treated.n} and ${found.base.n}, ${found.pairs} prompts`;
  return {
    value: found.ratio,
    low,
    high,
    unit: 'ratio',
    evidence: `median TTFT ${medians}; ${counts}`,
    baseMs: found.base.value!,
  };
}

function ttftsByPrompt(requests: readonly SentRequest[]): Map<string, number[]> {
  return groupBy(
    requests,
    (it) => it.promptKey,
    (it) => it.ttftMs,
  );
}

function rate<Item>(
  items: readonly Item[],
  isHit: (item: Item) => boolean,
  what: string,
): Reading | string {
  if (items.length === 0) return `there were no ${what.split(' ')[0]} to judge`;
  const hits = items.filter(isHit).length;
  const { low, high } = wilsonInterval(hits, items.length);
  const evidence = `${hits} of ${items.length} ${what}`;
  return { value: hits / items.length, low, high, unit: 'share', evidence };
}

function exact(value: number, unit: Reading['unit'], evidence: string): Reading {
  return { value, low: value, high: value, unit, evidence };
}

function tally(what: string, counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return `${what}: ${parts.join(', ')}`;
}
