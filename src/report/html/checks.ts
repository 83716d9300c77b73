import type { Check, Outcome } from '../../base/outcome.ts';
import type { Report } from '../model.ts';
import { markup, type Markup, unbroken } from './markup.ts';
import { table } from './table.ts';
import { outcomeBadge } from './badge.ts';

const WORST_FIRST: readonly Outcome[] = ['error', 'invalid', 'fail', 'inconclusive', 'pass'];

/** Judged claims with their evidence, the worst first. */
export function checksTable(checks: readonly Check[]): Markup {
  const sorted = checks.toSorted(
    (a, b) => WORST_FIRST.indexOf(a.outcome) - WORST_FIRST.indexOf(b.outcome),
  );
  return table({
    caption: 'Checks: what must hold, what was seen, and what to do when it does not',
    className: 'checks stacked',
    head: ['outcome', 'claim', 'expected', 'got', 'evidence and remedy'],
    rows: sorted.map(checkRow),
  });
}

function checkRow({ id, outcome, claim, expected, actual, evidence, remedy }: Check): Markup[] {
  return [
    outcomeBadge(outcome),
    markup`${claim} <span class="soft">${id}</span>`,
    markup`${unbroken(expected)}`,
    markup`${unbroken(actual)}`,
    markup`<span class="evidence">${evidence}</span
      >${remedy === '' ? null : markup`<strong>Remedy:</strong> ${remedy}`}`,
  ];
}

/** Says first that a run is worthless or unfinished, and why. */
export function warnings(report: Report): Markup[] {
  const invalid = report.kind === 'verify' ? report.result.invalidations : [];
  const partial = report.isPartial
    ? [
        markup`<p class="note">
          <strong>Partial:</strong> the run ended before its plan was done. ${report.stopReason}
        </p>`,
      ]
    : [];
  return [
    ...partial,
    ...invalid.map(
      ({ code, reason, remedy }) =>
        markup`<p class="note">
          <strong>Invalid (${code}):</strong> ${reason} <strong>Remedy:</strong> ${remedy}
        </p>`,
    ),
  ];
}
