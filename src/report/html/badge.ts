import type { Outcome } from '../../base/outcome.ts';
import { markup, type Markup } from './markup.ts';

const WORDS: Readonly<Record<Outcome, string>> = {
  pass: '✓ Pass',
  fail: '✗ Fail',
  inconclusive: '? Inconclusive',
  invalid: '⚠ Invalid',
  error: '✗ Error',
};

/** The outcome as sign and word; colour only repeats it. */
export function outcomeBadge(outcome: Outcome): Markup {
  return markup`<span class="badge ${outcome}">${WORDS[outcome]}</span>`;
}
