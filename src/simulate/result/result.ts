import type { Verdict } from '../../capacity/step-judge.ts';
import type { SeedEstimate } from './estimate.ts';

/** What differs between the rows of a sweep; empty in a plain comparison. */
export type Setting = Record<string, number>;

/** One policy under one setting. */
export interface SimulatedRow {
  policy: string;
  setting: Setting;
  /** By metric, as `--slo` names them. */
  metrics: Record<string, SeedEstimate>;
  /** What failed, by reason, over all seeds. */
  failures: Record<string, number>;
  /** Engine that computed most with the first seed; null when none did. */
  busiestEngine: string | null;
  /** In a search: whether it keeps the objectives. Older reports lack it. */
  verdict?: Verdict;
  /** Seeds that were run to their end; 0: the figures are of the requests that had ended when the first was cut short. */
  seeds: number;
}

/** What a search found of a policy: the smallest fleet that keeps every objective, or the highest rate. */
export interface Found {
  policy: string;
  /** Null: none that was tried. */
  value: number | null;
  /** The nearest that failed for certain, null where none did. Older reports lack it. */
  failed?: number | null;
  /** Nothing held, and what is easiest to keep did not fail for certain. */
  isUndecided?: true;
}

/** What a simulation came to. Times in ms, shares 0 to 1. */
export interface SimulateFigures {
  /** For people: what was asked, and of whom. */
  workload: string;
  fleet: string;
  gateways: number;
  objectives: string[];
  /** What was searched for: `engines` or `rate`; null for nothing. */
  searched: string | null;
  /** What was simulated beyond what the profiles were calibrated on; older reports lack it. */
  extrapolated?: string[];
  rows: SimulatedRow[];
  found: Found[];
  /** Where only a part of the rows was run: which, and what all of them are. */
  part?: StudyPart;
}

/** One shard of a study: every n-th row, counted from its own number. */
export interface StudyPart {
  /** From 0. */
  shard: number;
  of: number;
  policies: string[];
  settings: Setting[];
  seeds: number[];
}
