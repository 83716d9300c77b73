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
  /** Seeds that were run to their end. */
  seeds: number;
}

/** The smallest fleet of a policy that keeps every objective. */
export interface Found {
  policy: string;
  /** Null: not even the largest that was tried. */
  value: number | null;
}

/** What a simulation came to. Times in ms, shares 0 to 1. */
export interface SimulateFigures {
  /** For people: what was asked, and of whom. */
  workload: string;
  fleet: string;
  gateways: number;
  objectives: string[];
  /** What was searched for: `engines`; null for nothing. */
  searched: string | null;
  /** What was simulated beyond what the profiles were calibrated on; older reports lack it. */
  extrapolated?: string[];
  rows: SimulatedRow[];
  found: Found[];
}
