import { formatCount, formatFigure } from '../base/figures.ts';
import type { Check } from '../base/outcome.ts';
import { rateText } from '../capacity/text.ts';
import { formatShare } from '../verify/result/format.ts';
import { capacitySentence } from './capacity-text.ts';
import { timesOf } from './load-times.ts';
import { bestSentence } from './simulate-tables.ts';
import { calibrateSentence } from './calibrate-tables.ts';
import { promptsSentence } from './prompts-text.ts';
import type { LoadReport, Report, SimulateReport } from './model.ts';
import type { Found } from '../simulate/result/result.ts';

/** What a run came to in one sentence without its outcome word. */
export function headline(report: Report): string {
  const { isPartial, stopReason } = report;
  const partial = isPartial ? ` Partial: ${stopReason ?? 'it did not reach its end.'}` : '';
  return `${sentence(report)}${partial}`;
}

function sentence(report: Report): string {
  switch (report.kind) {
    case 'verify':
      return report.result.headline;
    case 'load':
      return loadSentence(report);
    case 'capacity':
      return capacitySentence(report);
    case 'simulate':
      return simulateSentence(report);
    case 'run':
      return checkCount(report.checks);
    case 'prompts':
      return promptsSentence(report.result);
    case 'calibrate':
      return calibrateSentence(report.result);
  }
}

function loadSentence({ result }: LoadReport): string {
  if (result.succeeded === 0) return `None of ${formatCount(result.requests)} requests succeeded.`;
  const { value } = timesOf(result, 'latency').percentile(95);
  const latency = value === undefined ? '' : `, latency p95 ${value}`;
  const failed =
    result.succeeded === result.requests
      ? 'none failed'
      : `${formatShare(result.errorRate)} failed`;
  return `${formatCount(result.requests)} requests, ${failed}${latency}.`;
}

function simulateSentence({ result }: SimulateReport): string {
  const { rows, found, searched } = result;
  if (searched === 'rate') return rateSentence(found);
  if (searched !== null) return enginesSentence(found);
  if (rows.length === 0) return 'No run came to its end.';
  return bestSentence(rows);
}

const reachedOf = (found: readonly Found[]): Found[] => found.filter(({ value }) => value !== null);

function noneOf(found: readonly Found[]): string {
  const isUndecided = found.some((it) => it.isUndecided);
  return `No policy ${isUndecided ? 'is shown to keep' : 'keeps'} the objectives`;
}

/** Two whose limits may be the same carry no more than each other, for all that is known. */
function rateSentence(found: readonly Found[]): string {
  const most = reachedOf(found).toSorted((a, b) => b.value! - a.value!);
  const [best] = most;
  if (!best) return `${noneOf(found)} at any rate that was tried.`;
  const alike = most.filter(({ failed }) => (failed ?? Infinity) > best.value!);
  if (alike.length === 1) return `${rateText(best.value!)} are carried with ${best.policy}.`;
  const least = formatFigure(alike.at(-1)!.value!);
  return `${namesOf(alike)} carry most, from ${least} to ${rateText(best.value!)}; no difference between them is shown.`;
}

function enginesSentence(found: readonly Found[]): string {
  const reached = reachedOf(found);
  const fewest = Math.min(...reached.map(({ value }) => value!));
  if (fewest === Infinity) return `${noneOf(found)} with the engines that were tried.`;
  const many = fewest === 1 ? 'One engine is' : `${fewest} engines are`;
  return `${many} enough with ${namesOf(reached.filter(({ value }) => value === fewest))}.`;
}

/** `a, b and c`. */
function namesOf(found: readonly Found[]): string {
  const names = found.map(({ policy }) => policy);
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function checkCount(checks: readonly Check[]): string {
  const held = checks.filter((it) => it.outcome === 'pass').length;
  return `${held} of ${checks.length} checks hold.`;
}

/** The checks of a report and, as errors of their own, what invalidates it. */
export function judgements(report: Report): Check[] {
  if (report.kind !== 'verify') return report.checks;
  return [
    ...report.checks,
    ...report.result.invalidations.map(({ code, reason, remedy }): Check => ({
      id: code,
      claim: 'Nothing makes the run worthless.',
      outcome: 'invalid',
      expected: 'nothing',
      actual: code,
      evidence: reason,
      remedy,
    })),
  ];
}
