import type { Paint } from './paint.ts';

/** How a reader at a terminal wants it. */
export interface Look {
  paint: Paint;
  /** Columns; longer lines are wrapped, wider tables become lists. */
  width: number;
  /** Also the evidence of passed checks. */
  isVerbose: boolean;
  /** Only the verdict and what did not pass. */
  isQuiet: boolean;
}

export const PLAIN_LOOK: Look = {
  paint: (_, text) => text,
  width: 120,
  isVerbose: false,
  isQuiet: false,
};
