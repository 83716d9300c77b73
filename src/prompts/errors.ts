import { errorsOf, target, usage } from '../base/errors.ts';

export const promptsError = errorsOf({
  PROMPTS_INVALID: usage(
    'A file of prompts cannot be read.',
    'Write one request body as JSON per line; docs/prompts.md lists all forms.',
  ),
  PROMPTS_NOT_TOKENIZED: target(
    'Whoever tokenizes does not take this request.',
    'Start vLLM with --enable-scale-out, or leave --tokenizer away to have tokens estimated.',
  ),
  TOKENIZER_INVALID: usage(
    'A folder holds no tokenizer that can be used.',
    'Name the folder of a model with tokenizer.json and tokenizer_config.json.',
  ),
  TOKENIZER_PACKAGE_MISSING: usage(
    'A tokenizer from a folder needs npm packages that are not installed.',
  ),
});

/** @param remedy where another one than the forms there are helps */
export function promptsInvalid(where: string, problem: string, remedy?: string) {
  const message = `The prompts cannot be used: ${problem}.`;
  return promptsError('PROMPTS_INVALID', { message, where, remedy });
}
