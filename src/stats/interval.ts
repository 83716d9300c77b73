/** A two-sided interval for an unknown value; both ends belong to it. */
export interface Interval {
  low: number;
  high: number;
  /** Nominal coverage, for example 0.95. */
  confidence: number;
}

export const CONFIDENCE = 0.95;
