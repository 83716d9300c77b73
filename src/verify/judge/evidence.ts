import type { ObservedRun } from '../evidence/observed-run.ts';
import type { VerifyResult } from '../result/result.ts';

/** What a run is judged from: its result still without judgement, and what that was made of. */
export interface Evidence {
  figures: Omit<VerifyResult, 'outcome' | 'headline' | 'checks' | 'cause'>;
  run: ObservedRun;
  margin: number;
  /** Why routing cannot be judged at all; null when it can. */
  refusal: string | null;
}
