import { commonPrefix } from './prompts.ts';

/**
 * How long prompts are, in the deployment's tokens: by its tokenizer, or by `usage.prompt_tokens` of
 * real answers where it has none.
 */
export interface Ruler {
  /** Chat template included. */
  length(prompt: string): Promise<number>;
  /** Tokens that two prompts begin with in common, chat template included. */
  shared(a: string, b: string): Promise<number>;
}

export function tokenRuler(tokenize: (prompt: string) => Promise<readonly number[]>): Ruler {
  return {
    length: async (prompt) => (await tokenize(prompt)).length,
    shared: async (a, b) => commonPrefix(await tokenize(a), await tokenize(b)),
  };
}

/**
 * Knows lengths only. A common beginning is measured as a prompt of its own, less all of the chat
 * template: at least so many tokens are shared. Of prompts that begin with different words, all of
 * the template is shared at most.
 * @param count tokens of a prompt, chat template included
 */
export function usageRuler(count: (prompt: string) => Promise<number>): Ruler {
  let template: Promise<number> | undefined;
  return {
    length: count,
    shared: async (a, b) => {
      template ??= templateTokens(count);
      const common = commonWords(a, b);
      return common === '' ? template : (await count(common)) - (await template);
    },
  };
}

const SAMPLE = 'make some more room here';

/** What stays when the text is there once instead of twice. */
async function templateTokens(count: (prompt: string) => Promise<number>): Promise<number> {
  const once = await count(SAMPLE);
  const twice = await count(`${SAMPLE} ${SAMPLE}`);
  return Math.max(0, 2 * once - twice);
}

function commonWords(a: string, b: string): string {
  const [left, right] = [a.split(' '), b.split(' ')];
  const end = left.findIndex((word, index) => word !== right[index]);
  return left.slice(0, end === -1 ? left.length : end).join(' ');
}
