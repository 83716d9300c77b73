import { formatCount } from '../base/figures.ts';
import type { Check } from '../base/outcome.ts';
import { rateText } from '../capacity/text.ts';
import { formatShare } from '../verify/result/format.ts';
import { capacitySentence } from './capacity-text.ts';
import { timesOf } from './load-times.ts';
import { bestSentence } from './simulate-tables.ts';
import { calibrateSentence } from './calibrate-tables.ts';
import { promptsSentence } from './prompts-text.ts';
import type { LoadReport, Report, SimulateReport } from './model.ts';

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
  const reached = found.filter(({ value }) => value !== null);
  const keeps = found.some((it) => it.isUndecided) ? 'is shown to keep' : 'keeps';
  if (searched === 'rate') {
    const most = reached.toSorted((a, b) => b.value! - a.value!)[0];
    return most
      ? `${rateText(most.value!)} are carried with ${most.policy}.`
      : `No policy ${keeps} the objectives at any rate that was tried.`;
  }
  if (searched !== null) {
    const fewest = reached.toSorted((a, b) => a.value! - b.value!)[0];
    return fewest
      ? `${fewest.value} ${searched} are enough with ${fewest.policy}.`
      : `No policy ${keeps} the objectives with the ${searched} that were tried.`;
  }
  if (rows.length === 0) return 'No run came to its end.';
  return bestSentence(rows);
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
