import { printable } from '../base/printable.ts';
import type { Check, Finding } from '../base/outcome.ts';
import { outcomeWord, type Paint } from './paint.ts';

/** One check for people: a line when it passed, its evidence and remedy as well when it did not. */
export function checkLines(
  check: Check & Partial<Pick<Finding, 'severity'>>,
  paint: Paint,
  isVerbose: boolean,
): string[] {
  // A hint never counts, so it must not look like a verdict that does.
  const isHint = check.severity === 'hint' && check.outcome !== 'pass';
  const word = isHint ? paint('dim', 'HINT') : outcomeWord(check.outcome, paint);
  const lines = [
    // What did not hold is looked up by its id.
    `${word} ${printable(check.claim)}${check.outcome === 'pass' && !isVerbose ? '' : ` ${paint('dim', `[${check.id}]`)}`}`,
    printable(`     expected ${check.expected}, got ${check.actual}`),
  ];
  const isTold = check.outcome !== 'pass' || isVerbose;
  if (isTold && check.evidence !== '') {
    lines.push(paint('dim', printable(`     ${check.evidence}`)));
  }
  if (check.remedy !== '') lines.push(printable(`     → ${check.remedy}`));
  return lines;
}
