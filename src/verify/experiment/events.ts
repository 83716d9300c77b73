import { waitedMs } from '../../load/sample.ts';
import type { ArmId } from '../result/result-arms.ts';
import type { MeasuredSample } from '../evidence/measured.ts';
import type { Finding } from '../../base/outcome.ts';
import type { Cost } from '../result/result.ts';

/** The steps of a verification, in their order. */
export const VERIFY_PHASES = [
  'preflight',
  'gateway',
  'prompts',
  'routing',
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

/** What a view needs of a sample. */
export interface MeasuredRequest {
  arm: ArmId;
  servedBy: string | null;
  ttftMs: number;
  promptTokens: number;
  cachedTokens: number | null;
  isError: boolean;
}

export function requestEvent(sample: MeasuredSample): MeasuredRequest {
  return {
    arm: sample.arm,
    servedBy: sample.servedBy ?? sample.experiment.directId,
    ttftMs: waitedMs(sample),
    promptTokens: sample.promptTokens ?? sample.experiment.promptTokens,
    cachedTokens: sample.cachedTokens ?? null,
    isError: sample.failure !== undefined,
  };
}
