import { errorsOf, invalid, target, usage } from '../base/errors.ts';

export const loadError = errorsOf({
  BARRIER_INCOMPLETE: invalid(
    'Not all shards of a plan came to the barrier.',
    'Start all of them, or wait longer with --barrier-wait; nothing was measured.',
  ),
  BARRIER_NOT_THERE: target(
    'What answers there is no barrier.',
    'Give --barrier the address at which shard 0 listens with --barrier-listen.',
  ),
  PROMPT_FILE_INVALID: usage(
    'A file of prompts cannot be used.',
    'Write one prompt per line, as text or as JSON with "prompt" or "messages".',
  ),
  PROMPT_TOO_LONG: usage('The prompts that were asked for are longer than the model takes.'),
  PROMPT_TOO_SHORT: target(
    'No prompts that share enough tokens could be made.',
    'Check that the deployment counts real tokens, or ask for fewer shared tokens.',
  ),
  SHARD_EMPTY: usage(
    'Nothing of the plan is left for this shard.',
    'Send it with fewer shards, or ask for more requests or conversations.',
  ),
  SHARD_FOREIGN: invalid(
    'A shard is from another plan.',
    'Start all shards with the same flags, files, run id and version of kvcache.',
  ),
  SHARD_LATE: invalid(
    'A shard came after the others had begun, and sent nothing.',
    'Let the shards start earlier, or give a later --start-at; --barrier waits for all.',
  ),
  SHARD_TWICE: invalid(
    'Two processes send the same part of a plan.',
    'Give each its own index in --shard.',
  ),
  SAMPLES_INVALID: usage('A sample log is not one that kvcache wrote.'),
  SAMPLES_UNWRITABLE: usage(
    'The sample log cannot be written.',
    'Name a file that does not exist yet, in a writable folder with free space.',
  ),
});
