import type { Outcome } from '../base/outcome.ts';

export type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Colours text, or leaves it alone when the reader wants none. */
export type Paint = (colour: Colour, text: string) => string;

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
