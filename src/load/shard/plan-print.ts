import { createHash } from 'node:crypto';
import type { Pacer } from '../pacer.ts';
import type { Prompt } from '../prompts.ts';

/** Enough to meet every part of a mix, and prompts of another length. */
const PROMPTS_PRINTED = 64;

/**
 * A print of a plan: equal when the settings, the first due times and the first prompts, word for word, are.
 * @param settings plain data that decides the rest of the plan, seed, run id and files' contents included
 */
export function planPrint(
  settings: Readonly<Record<string, unknown>>,
  { next, pacer }: { next: () => Prompt | undefined; pacer: Pacer | undefined },
): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (let place = 0; place < PROMPTS_PRINTED; place++) {
    const prompt = next();
    if (prompt === undefined) break;
    const { messages, group, session, outputTokens } = prompt;
    hash.update(JSON.stringify([pacer?.(place), group, session, outputTokens, messages]));
  }
  return hash.digest('hex').slice(0, 32);
}
