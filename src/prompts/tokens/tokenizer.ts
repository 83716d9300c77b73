import type { PromptRequest } from '../request.ts';
import type { PromptStructure } from '../structure/structure.ts';

/** The tokens of a prompt, in order. */
export interface PromptTokens {
  ids: Uint32Array;
  /**
   * Turn and character at which a token begins; undefined where whoever made the tokens does not say.
   * Behind the last turn, its end.
   */
  textAt: ((index: number) => { turn: number; character: number }) | undefined;
}

/** How prompts become tokens. */
export interface PromptTokenizer {
  /** For reports: `built in`, or the engine's URL. */
  name: string;
  /** Another tokenizer and template than the engine's, so counts are near the true ones and no more. */
  isEstimated: boolean;
  /** @throws KvcacheError of kind target, where an engine does not do it */
  tokensOf(
    request: PromptRequest,
    structure: PromptStructure,
  ): Promise<PromptTokens> | PromptTokens;
}
