import { chatTokenIds, encodePrompt } from '../../../mocks/kv/chat-tokens.ts';
import type { TokenBuffer } from '../../../mocks/kv/token-buffer.ts';
import { wordTokenizer } from '../../../mocks/kv/tokens.ts';
import type { JsonRecord } from '../../base/json.ts';
import { type PromptStructure, textOfTurn } from '../structure/structure.ts';
import type { PromptTokens, PromptTokenizer } from './tokenizer.ts';

/** The tokenizer and the template of the mock engines: no model's own, and the same everywhere. */
export const builtInTokenizer: PromptTokenizer = {
  name: 'built in',
  isEstimated: true,
  tokensOf: ({ body }, structure) =>
    structure.isBare ? bareTokens(structure, body) : chatTokens(structure, body),
};

function bareTokens({ turns, tokenIds }: PromptStructure, body: JsonRecord): PromptTokens {
  if (tokenIds !== undefined) return { ids: Uint32Array.from(tokenIds), textAt: undefined };
  const addsFirst = body['add_special_tokens'] !== false;
  const ids = Uint32Array.from(encodePrompt(wordTokenizer, textOfTurn(turns[0]!), addsFirst));
  return {
    ids,
    textAt: (index) => ({ turn: 0, character: lengthOf(ids.subarray(addsFirst ? 1 : 0, index)) }),
  };
}

/** Calls of the encoder per message: header, content, line end. */
const CALLS = 3;

function chatTokens({ turns }: PromptStructure, body: JsonRecord): PromptTokens {
  const ends: number[] = [];
  const encoder = {
    encodeInto(text: string, into: TokenBuffer): void {
      wordTokenizer.encodeInto(text, into);
      ends.push(into.length);
    },
  };
  const messages = turns.map((turn) => ({ role: turn.role, content: textOfTurn(turn) }));
  const ids = chatTokenIds(encoder, messages, {
    addGenerationPrompt: body['add_generation_prompt'] !== false,
    continueFinalMessage: body['continue_final_message'] === true,
    addSpecialTokens: body['add_special_tokens'] === true,
  });
  return {
    ids,
    textAt(index) {
      const turn = turns.findIndex((_, at) => index < (ends[CALLS * at + 2] ?? Infinity));
      if (turn === -1) return { turn: turns.length, character: 0 };
      const start = ends[CALLS * turn]!;
      return { turn, character: lengthOf(ids.subarray(Math.min(start, index), index)) };
    },
  };
}

/** Characters that these tokens stand for; special ones stand for none. */
function lengthOf(ids: Uint32Array): number {
  return wordTokenizer.decode(ids).length;
}
