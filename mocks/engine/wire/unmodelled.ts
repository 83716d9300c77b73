import { isRecord, type JsonRecord } from '../../../src/base/json.ts';
import { numberAt } from './body-members.ts';
import { checkStructure } from './structured-output.ts';
import type { VllmDialect } from './vllm-version.ts';
import { badRequest, type WireError } from './wire-error.ts';

/** Asked for and not modelled: refused, since an answer without it would look like one with it. */
export function checkUnmodelled(body: JsonRecord, dialect: VllmDialect): WireError | undefined {
  for (const field of ['logprobs', 'prompt_logprobs']) {
    if (isGiven(body[field])) {
      return badRequest('This mock does not model log probabilities.', field);
    }
  }
  if (body['use_beam_search'] === true) {
    return badRequest('This mock does not model beam search.', 'use_beam_search');
  }
  const bestOf = numberAt(body, 'best_of') ?? 1;
  // Newer versions do not know it any more, and pass it over.
  if (bestOf > 1 && dialect.errorWords === 'short') {
    return badRequest('vLLM V1 does not yet support best_of.', 'best_of');
  }
  if (body['echo'] === true) {
    return badRequest('This mock does not echo prompts.', 'echo');
  }
  const choice = body['tool_choice'];
  if (isRecord(choice) || choice === 'required') {
    return badRequest('This mock calls no tools.', 'tool_choice');
  }
  return checkStructure(body, dialect);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}
