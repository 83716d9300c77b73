import { createHash } from 'node:crypto';
import type { CompatMode } from '../../../config/gateway-config.ts';
import type { PromptView } from '../../../protocol/openai.ts';
import { strictPrompt } from '../../../protocol/strict-prompt.ts';
import { planRender, planTokenize, type TokenizePlan } from '../../../protocol/tokenize-body.ts';

/** A request's prompt, ready to be looked for in the token cache or tokenized. */
export interface Prompt {
  key: string;
  model: string;
  cacheSalt: string;
  isMultimodal: boolean;
  /** Undefined when the tokens cannot be had with certainty. */
  plan: TokenizePlan | undefined;
  /** Undefined where the key is Pixiu's. */
  view: PromptView | undefined;
}

export interface PromptRules {
  defaultModel: string;
  cacheKey: CompatMode;
}

/** Undefined when the body carries no prompt. */
export function readPrompt(
  body: Buffer,
  view: PromptView | undefined,
  rules: PromptRules,
): Prompt | undefined {
  if (rules.cacheKey === 'strict') return readStrictly(body, rules.defaultModel);
  if (!view) return undefined;
  return {
    key: view.key,
    model: view.model || rules.defaultModel,
    cacheSalt: view.cacheSalt,
    isMultimodal: view.isMultimodal,
    plan: planTokenize(view) ?? planRender(view),
    view,
  };
}

function readStrictly(body: Buffer, defaultModel: string): Prompt | undefined {
  const { model, text } = strictPrompt(body);
  if (text === '') return undefined;
  const name = model || defaultModel;
  return {
    key: createHash('sha256').update(`${name}\0${text}`).digest('binary'),
    model: name,
    cacheSalt: '',
    isMultimodal: false,
    plan: { kind: 'send', body },
    view: undefined,
  };
}
