import { inOrder } from './in-order.ts';
import type { PromptRequest } from './request.ts';
import { structureOf } from './structure/structure-of.ts';
import type { PromptStructure } from './structure/structure.ts';
import type { PromptTokens, PromptTokenizer } from './tokens/tokenizer.ts';

/** A request with its structure and its tokens. */
export interface TokenizedPrompt {
  request: PromptRequest;
  structure: PromptStructure;
  tokens: PromptTokens;
}

/** Requests that an engine tokenizes at once. */
const AHEAD = 8;

/** Structure and tokens of every request, in order. */
export function tokenized(
  requests: AsyncIterable<PromptRequest>,
  { tokenizer, signal }: { tokenizer: PromptTokenizer; signal: AbortSignal },
): AsyncIterable<TokenizedPrompt> {
  return inOrder(requests, tokenizer.isEstimated ? 1 : AHEAD, async (request) => {
    signal.throwIfAborted();
    const structure = structureOf(request);
    return { request, structure, tokens: await tokenizer.tokensOf(request, structure) };
  });
}
