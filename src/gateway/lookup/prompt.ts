import type { PromptView } from '../../protocol/openai.ts';
import { planRender, planTokenize, type TokenizePlan } from '../../protocol/tokenize-body.ts';

/** A request's prompt, ready to be looked for in the token cache or tokenized. */
export interface Prompt {
  key: string;
  model: string;
  cacheSalt: string;
  isMultimodal: boolean;
  /** Undefined when the tokens cannot be had with certainty. */
  plan: TokenizePlan | undefined;
  view: PromptView;
}

export function readPrompt(view: PromptView, defaultModel: string): Prompt {
  return {
    key: view.key,
    model: view.model || defaultModel,
    cacheSalt: view.cacheSalt,
    isMultimodal: view.isMultimodal,
    plan: planTokenize(view) ?? planRender(view),
    view,
  };
}
