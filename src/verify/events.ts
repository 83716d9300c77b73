import type { ArmId } from './result-arms.ts';
import type { Cost, Finding } from './result.ts';

export type VerifyPhase =
  | 'preflight'
  | 'gateway'
  | 'prompts'
  | 'wiring'
  | 'controls'
  | 'dose-response'
  | 'experiment'
  | 'judging';

/** What happens during a verification, for whoever shows progress. */
export type VerifyEvent =
  | { type: 'phase'; phase: VerifyPhase }
  | { type: 'finding'; finding: Finding }
  /** Said before the experiment starts. */
  | { type: 'cost'; planned: Cost['planned']; budget: string }
  | { type: 'request'; arm: ArmId; servedBy: string | null; ttftMs: number; isError: boolean }
  | { type: 'block'; arm: ArmId; done: number; total: number; remainingMs: number | null };
