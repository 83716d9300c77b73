import { errorsOf, target, usage } from '../base/errors.ts';

export const loadError = errorsOf({
  PROMPT_FILE_INVALID: usage(
    'A file of prompts cannot be used.',
    'Write one prompt per line, as text or as JSON with "prompt" or "messages".',
  ),
  PROMPT_TOO_LONG: usage('The prompts that were asked for are longer than the model takes.'),
  PROMPT_TOO_SHORT: target(
    'No prompts that share enough tokens could be made.',
    'Check that the deployment counts real tokens, or ask for fewer shared tokens.',
  ),
  SAMPLES_INVALID: usage('A sample log is not one that kvcache wrote.'),
  SAMPLES_UNWRITABLE: usage(
    'The sample log cannot be written.',
    'Name a file that does not exist yet, in a writable folder with free space.',
  ),
});
