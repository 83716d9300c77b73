import { problemLine } from './problem.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { AnswerFault } from './answer-reader.ts';

/** What engines say when they gave an answer up, in the place of a reason to end it. */
const GIVEN_UP: ReadonlySet<string> = new Set(['abort', 'error']);

/** Judges an answer that came to its proper end: it must hold at least one token. */
export function faultOf(facts: AnswerFacts): AnswerFault | undefined {
  const { finishReason, completionTokens, hasOutput, hasToken } = facts;
  if (finishReason !== undefined && GIVEN_UP.has(finishReason)) {
    return protocolFault(`The engine gave the answer up: finish_reason ${finishReason}.`);
  }
  const hasAnswer = hasOutput || (completionTokens === undefined ? hasToken : completionTokens > 0);
  return hasAnswer ? undefined : { failure: 'empty', problem: 'The answer holds no token.' };
}

export function protocolFault(problem: string): AnswerFault {
  return { failure: 'protocol', problem: problemLine(problem) };
}

/**
 * The message of an error that stands where an answer should; undefined when there is none: OpenAI's
 * `error`, or the whole as an `object` called error (vLLM to 0.9). Gateways that write `"error": null`
 * into every answer mean none.
 */
export function errorIn(body: unknown): string | undefined {
  const said = (body ?? {}) as { error?: unknown; object?: unknown };
  const error = said.error || (said.object === 'error' ? said : undefined);
  if (!error) return undefined;
  const { message = error } = error as { message?: unknown };
  return problemLine(typeof message === 'string' ? message : JSON.stringify(message));
}
