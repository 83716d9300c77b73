import type { Outcome } from '../base/outcome.ts';

/** What happens while a scenario plays. */
export type RunEvent =
  | { type: 'phase'; phase: string }
  /** A step that sends so many requests; what is counted starts anew. */
  | { type: 'step'; name: string; requests: number }
  /** Something befell the system. */
  | { type: 'note'; text: string }
  /** Null: the answer did not say so. */
  | ({ type: 'answer'; step: string } & AnswerFacts)
  | { type: 'settled'; outcome: Outcome };

export interface AnswerFacts {
  servedBy: string | null;
  ttftMs: number | null;
  promptTokens: number | null;
  cachedTokens: number | null;
  isError: boolean;
}
