import { groupBy, sumOf } from '../base/lists.ts';
import { type Check, type Outcome, worstOutcome, settled } from '../base/outcome.ts';
import { formatCount } from '../base/figures.ts';
import { compareRuns, type RunsFigures, WORTH_FINDING } from '../stats/compare-runs.ts';
import { DEFAULT_SIZE } from '../stats/design.ts';
import type { Verdict } from '../stats/verdict.ts';
import { shareRise } from '../stats/share-rise.ts';
import { formatChange, formatRatio, formatShare, formatTimes } from '../verify/result/format.ts';
import type { Report, ReportSample } from './model.ts';
import { countedMetric, metricOf, type SampleMetric, timeoutOf, withLost } from './series.ts';
import { reportError } from './errors.ts';

export interface CompareRunsOptions {
  metric: SampleMetric;
  /** Arm of a verification; null takes C, and all of a load run. */
  arm: string | null;
  /** How much slower still counts as not worse, as a share. */
  margin: number;
}

export interface RunComparison {
  outcome: Outcome;
  checks: Check[];
  metric: SampleMetric;
  arm: string;
  figures: RunsFigures;
}

const PERCENT = 95;
/** Between the blocks of an arm lie those of the others; the blocks of load touch each other. */
const BATCHES: Readonly<Record<Report['kind'], number>> = {
  verify: 8,
  load: 6,
  capacity: 6,
  run: 6,
  prompts: 6,
  simulate: 6,
  calibrate: 6,
};

/**
 * Is the head slower than the base? Blocks, p95 and the three regions are those of a verification. What
 * a whole run shares (another day, another machine) cannot be told from a change of the program.
 *
 * Failures never help the head: its own enter at the time limit or their length, those of the base are
 * left out. A request without a sample is a failure.
 * @throws KvcacheError RUNS_INCOMPARABLE, NO_SAMPLES (kind usage)
 */
export function compareReports(
  base: Report,
  head: Report,
  options: CompareRunsOptions,
): RunComparison {
  refuseIncomparable(base, head);
  const arm = options.arm ?? (base.kind === 'verify' ? 'C' : '');
  const [was, is] = [base, head].map((it) => withLost(it).filter((sample) => sample.arm === arm));
  const before = blocksOf(base, was!, (it) => metricOf(it, options.metric));
  const timeoutMs = timeoutOf(head);
  const after = blocksOf(head, is!, (it) => countedMetric(it, options.metric, timeoutMs));
  if (before.length === 0 || after.length === 0) throw noSamples(options.metric, arm);
  const { margin } = options;
  const batches = BATCHES[base.kind];
  const figures = compareRuns(before, after, { percent: PERCENT, margin, batches });
  const checks = [
    ...[base, head].flatMap(trustCheck),
    errorCheck(was!, is!),
    speedCheck(figures, { ...options, arm }),
  ];
  const outcome = worstOutcome(checks.map((it) => it.outcome));
  return { outcome, checks, metric: options.metric, arm, figures };
}

/** @throws KvcacheError RUNS_INCOMPARABLE (kind usage) */
export function refuseIncomparable(base: Report, head: Report): void {
  if (base.kind !== head.kind) {
    const message = `Only runs of one command can be compared: one is of kvcache ${base.kind}, the other of kvcache ${head.kind}.`;
    const remedy = 'Name two runs of the same command.';
    throw reportError('RUNS_INCOMPARABLE', { message, remedy });
  }
  const names = new Set([...Object.keys(base.comparable), ...Object.keys(head.comparable)]);
  const show = (report: Report, name: string): string =>
    JSON.stringify(report.comparable[name] ?? null);
  // As written: lists are equal when what is in them is.
  const differing = [...names].filter((name) => show(base, name) !== show(head, name));
  const details = differing.map((name) => `${name}: ${show(base, name)} and ${show(head, name)}`);
  if (details.length === 0) return;
  throw reportError('RUNS_INCOMPARABLE', { details });
}

/** A run of load has no blocks: as many requests in a row as make up as many blocks as usual. */
function blocksOf(
  { kind }: Report,
  samples: readonly ReportSample[],
  valueOf: (sample: ReportSample) => number | null,
): number[][] {
  const ordered = samples.toSorted((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0));
  const perBlock = Math.max(1, Math.ceil(ordered.length / DEFAULT_SIZE.rounds));
  const blocks = groupBy(
    ordered.entries(),
    ([index, { block }]) => (kind === 'verify' ? block : Math.floor(index / perBlock)),
    ([, sample]) => valueOf(sample),
  );
  return [...blocks.values()];
}

function trustCheck(report: Report, index: number): Check[] {
  if (report.outcome !== 'invalid' && report.outcome !== 'error') return [];
  const which = index === 0 ? 'base' : 'head';
  return [
    {
      id: `${which}-valid`,
      claim: `The ${which} run may be trusted.`,
      outcome: 'invalid',
      expected: 'a valid run',
      actual: report.outcome,
      evidence: report.stopReason ?? report.title,
      remedy: `Look at its own report, then repeat the ${which} run.`,
    },
  ];
}

/** A rise of the error rate that a comparison must not let pass. */
const RISE_MAX = 0.01;

/** Requests that fail take the slow ones with them; a faster rest is no gain. */
function errorCheck(base: readonly ReportSample[], head: readonly ReportSample[]): Check {
  const [before, after] = [base, head].map((samples) =>
    samples
      .filter((it) => it.failure !== 'stopped')
      .toSorted((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0))
      .map((it) => Number(it.failure !== null)),
  );
  const rise = shareRise(before!, after!);
  const outcome = riseOutcome(rise);
  return settled({
    id: 'errors-not-risen',
    claim: 'The head does not fail more often than the base.',
    outcome,
    expected: `at most ${failedText(before!)}, and ${formatShare(RISE_MAX)} more ruled out`,
    actual: failedText(after!),
    evidence: rise
      ? `difference ${points(rise.value)} (90 %: ${points(rise.interval.low)} to ${points(rise.interval.high)})`
      : 'one of the runs has no request that counts',
    remedy:
      outcome === 'fail'
        ? 'Find out why requests fail before looking at times.'
        : 'Measure more requests in both runs: a rise is neither shown nor ruled out.',
  });
}

function riseOutcome(rise: ReturnType<typeof shareRise>): 'pass' | 'fail' | 'inconclusive' {
  if (rise === undefined) return 'inconclusive';
  if (rise.interval.low > 0) return 'fail';
  return rise.interval.high < RISE_MAX ? 'pass' : 'inconclusive';
}

function failedText(outcomes: readonly number[]): string {
  const failed = sumOf(outcomes);
  return `${failed} of ${outcomes.length} failed (${formatShare(failed / outcomes.length)})`;
}

function points(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)} points`;
}

const OUTCOMES: Readonly<Record<Verdict, Outcome>> = {
  better: 'pass',
  'not-worse': 'pass',
  worse: 'fail',
  inconclusive: 'inconclusive',
};

const WORDS: Readonly<Record<Verdict, string>> = {
  better: 'faster',
  'not-worse': 'no slower than allowed',
  worse: 'slower',
  inconclusive: 'open',
};

function speedCheck(figures: RunsFigures, options: CompareRunsOptions & { arm: string }): Check {
  const { base, head, ratio, interval, p, verdict, reason } = figures;
  return {
    id: 'not-slower',
    claim: `The head is not slower than the base: ${options.metric === 'ttft' ? 'TTFT' : options.metric} p${PERCENT}${options.arm && `, arm ${options.arm}`}.`,
    outcome: OUTCOMES[verdict],
    expected: `at most ${formatChange(1 + options.margin)} for certain`,
    // Two figures: outliers of one block weigh on the second alone.
    actual: `${formatRatio(ratio ?? null, interval ?? null)} block by block: ${WORDS[verdict]}; all requests together ${formatTimes(base.value ?? null, head.value ?? null)}`,
    evidence: [
      `${formatCount(base.n)} requests against ${formatCount(head.n)}`,
      `${base.blocks} and ${head.blocks} blocks`,
      `p = ${p === undefined ? 'unknown' : p.toPrecision(2)}${reason && `. ${reason}`}`,
    ].join(', '),
    remedy: remedyOf(figures),
  };
}

function remedyOf({ verdict, enough, base, head }: RunsFigures): string {
  if (verdict === 'worse') return 'Find the change that made it slower, or raise --margin.';
  if (verdict !== 'inconclusive') return '';
  const n = Math.min(base.n, head.n);
  const goal =
    enough === undefined || enough <= n
      ? ''
      : `, about ${formatCount(enough)} each to find a slowdown by ${formatShare(WORTH_FINDING)}`;
  return `Measure more requests in both runs${goal}.`;
}

function noSamples(metric: SampleMetric, arm: string) {
  const message = `The runs share no ${metric} samples${arm && ` of arm ${arm}`}.`;
  return reportError('NO_SAMPLES', { message });
}
