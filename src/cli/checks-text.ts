import type { Check, Outcome } from '../base/outcome.ts';
import type { Colour, Paint } from './paint.ts';

const COLOURS: Readonly<Record<Outcome, Colour>> = {
  pass: 'green',
  fail: 'red',
  inconclusive: 'yellow',
  invalid: 'yellow',
  error: 'red',
};

/** `PASS` or the like, in its colour. */
export function outcomeWord(outcome: Outcome, paint: Paint): string {
  return paint(COLOURS[outcome], outcome.toUpperCase());
}

/** One check for people: a line when it passed, its evidence and remedy as well when it did not. */
export function checkLines(check: Check, paint: Paint, isVerbose: boolean): string[] {
  const lines = [
    `${outcomeWord(check.outcome, paint)} ${check.claim} ${paint('dim', `[${check.id}]`)}`,
    `     expected ${check.expected}, got ${check.actual}`,
  ];
  if (check.outcome !== 'pass' || isVerbose) lines.push(paint('dim', `     ${check.evidence}`));
  if (check.remedy !== '') lines.push(`     → ${check.remedy}`);
  return lines;
}
