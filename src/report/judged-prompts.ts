import { type JudgedFact, quiet } from './judged-fact.ts';
import type { PromptsReport } from './model.ts';

/** Which prompts, and who counted their tokens. */
export function promptsFacts({ result }: PromptsReport): JudgedFact[] {
  const { source, form, tokenizer } = result;
  const by = tokenizer.isEstimated ? `estimated (${tokenizer.name})` : tokenizer.name;
  return [quiet('prompts', `${source}, ${form}`), quiet('tokens', by)];
}
