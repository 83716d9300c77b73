import { formatDuration } from '../base/duration.ts';
import { formatCount, formatFigure } from '../base/figures.ts';
import { betweenText, limitText, rateText } from '../capacity/text.ts';
import type { CapacityCurve, CapacityFigures, CapacityStep, StepTime } from '../capacity/result.ts';
import { formatEnds, formatShare } from '../verify/result/format.ts';
import type { Table } from './table.ts';

const NAMES: Readonly<Record<string, string>> = { off: 'routing off', on: 'routing on', '': '' };

/** What a curve is called in a table and a plot. */
export function curveName({ arm }: Pick<CapacityCurve, 'arm'>): string {
  return NAMES[arm] ?? arm;
}

export function capacityTables(result: CapacityFigures): Table[] {
  return [...gainTable(result), ...result.curves.map(curveTable)];
}

function gainTable({ gain, engines, curves }: CapacityFigures): Table[] {
  if (gain === null) return [];
  const { times, enginesSaved, moneySavedPerHour } = gain;
  const rows = [
    ...curves.map((it) => [curveName(it), limitText(it)]),
    ['carried, on ÷ off', betweenText(times, (it) => `×${formatFigure(it)}`)],
    ...(enginesSaved === null ? [] : [['engines saved', betweenText(enginesSaved, formatFigure)]]),
    ...(moneySavedPerHour === null
      ? []
      : [['saved per hour', betweenText(moneySavedPerHour, formatFigure)]]),
  ];
  const note = `Engines that ${engines} with routing save, if without it more of them carry more in proportion.`;
  return [
    { title: 'what routing carries', head: ['', ''], rows, notes: engines === null ? [] : [note] },
  ];
}

function curveTable(curve: CapacityCurve): Table {
  const name = curveName(curve);
  const steps = curve.steps.toSorted((a, b) => a.rate - b.rate);
  const hasFirst = steps.some(({ ttft }) => ttft.p50 !== null);
  const hasFailed = steps.some(({ errorRate }) => errorRate > 0);
  const time = hasFirst ? 'TTFT' : 'latency';
  return {
    title: name === '' ? 'rates' : `rates, ${name}`,
    head: [
      'rate',
      'verdict',
      'requests',
      `${time} p50`,
      `${time} p95`,
      'good',
      'good/s',
      ...(hasFailed ? ['failed'] : []),
      'hits',
    ],
    rows: steps.map((step) =>
      stepRow(step, { time: hasFirst ? step.ttft : step.latency, hasFailed }),
    ),
    notes: [
      'Good: neither failed nor beyond a bound on a time. The first fifth of a step fills caches and queues and is not counted.',
    ],
  };
}

function stepRow(
  step: CapacityStep,
  { time, hasFailed }: { time: StepTime; hasFailed: boolean },
): string[] {
  return [
    rateText(step.rate),
    step.verdict,
    formatCount(step.requests),
    timeText(time.p50),
    time.p95Interval === null
      ? timeText(time.p95)
      : `${timeText(time.p95)} (${formatEnds(time.p95Interval, formatDuration)})`,
    formatShare(step.goodput),
    formatFigure(step.goodputPerSecond),
    ...(hasFailed ? [formatShare(step.errorRate)] : []),
    step.hitRate === null ? '–' : formatShare(step.hitRate),
  ];
}

function timeText(ms: number | null): string {
  return ms === null ? '–' : formatDuration(ms);
}
