import type { Interval } from '../stats/interval.ts';
import type { TermStatus } from './fit/judge-terms.ts';
import type { Ranges } from './observe/ranges.ts';
import type { RegimeError, Residual } from './replay/hold-out.ts';

/** One term as it was found. */
export interface TermFigure {
  /** As a profile calls it. */
  name: string;
  symbol: string;
  unit: string;
  value: number;
  interval: Interval | null;
  status: TermStatus;
  /** Terms whose base values it rests on. */
  given: string[];
  /** What the base profile has. */
  base: number;
  /** What must be seen to know it. */
  needs: string;
}

/** A calibration as plain JSON, without what the head of a report says. */
export interface CalibrateFigures {
  /** Whose times they are, without credentials. */
  source: string;
  /** As the engine says; null where nobody was asked, or it does not. */
  engine: string | null;
  model: string | null;
  base: string;
  terms: TermFigure[];
  /** Relative noise of prefills and of steps, as the profile has it. */
  jitter: { ttftCv: number; itlCv: number };
  errors: RegimeError[];
  /** At most 5,000 of them. */
  residuals: Residual[];
  /** Null when nothing could be fitted. */
  seen: Ranges | null;
  counts: { requests: number; firstTokens: number; steps: number; ends: number; outliers: number };
  heldOut: string;
  /** What must not be missed, each a sentence. */
  notes: string[];
}
