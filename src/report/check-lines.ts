import type { Check } from '../base/outcome.ts';
import { outcomeWord, type Paint } from './paint.ts';

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
