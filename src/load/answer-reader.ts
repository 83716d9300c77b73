import type { AnswerFacts } from './answer-facts.ts';
import type { FailureClass } from './sample.ts';

/** What is wrong with an answer. */
export interface AnswerFault {
  failure: FailureClass;
  /** One line. */
  problem: string;
}

/** Reads one answer piece by piece. */
export interface AnswerReader {
  /** @returns pieces of non-empty output in this chunk; 0 for a role chunk, a comment, half an event */
  push(chunk: Buffer): number;
  /** Why the answer is no success; undefined when it is one. */
  finish(): AnswerFault | undefined;
  readonly facts: AnswerFacts;
}
