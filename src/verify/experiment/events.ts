import type { ArmId } from '../result/result-arms.ts';
import type { Observation } from '../evidence/observation.ts';
import type { Finding } from '../../base/outcome.ts';
import type { Cost } from '../result/result.ts';

/** The steps of a verification, in their order. */
export const VERIFY_PHASES = [
  'preflight',
  'gateway',
  'prompts',
  'wiring',
  'controls',
  'dose-response',
  'experiment',
  'judging',
] as const;

export type VerifyPhase = (typeof VERIFY_PHASES)[number];

/** What happens during a verification, for whoever shows progress. */
export type VerifyEvent =
  | { type: 'phase'; phase: VerifyPhase }
  | { type: 'finding'; finding: Finding }
  /** Said before the experiment starts. */
  | { type: 'cost'; planned: Cost['planned']; budget: string }
  | ({ type: 'request' } & MeasuredRequest)
  | { type: 'block'; arm: ArmId; done: number; total: number; remainingMs: number | null };

/** What a view needs of an observation. */
export type MeasuredRequest = Pick<
  Observation,
  'arm' | 'servedBy' | 'ttftMs' | 'promptTokens' | 'cachedTokens' | 'isError'
>;
