import { KvcacheError } from '../../src/base/errors.ts';

/** Paths of a fleet that flags describe, by the flag that says it. */
const FLAGS: Readonly<Record<string, string>> = {
  model: '--model',
  'controller.api': '--api',
  'controller.holders': '--holders',
  'engines[0].apiKeyEnv': '--api-key-env',
  'engines[0].kvEventsReplay': '--kv-events-replay',
  'engines[0].kvEventsTopic': '--kv-events-topic',
  'engines[0].profile': '--profile',
  'engines[0].vllm': '--vllm',
};

/** The error in the words of a user who wrote flags and no file. */
export function inFlagWords(error: unknown): unknown {
  if (!(error instanceof KvcacheError)) return error;
  const { kind, code, remedy } = error;
  const message = error.message.replace(/^[\w.[\]]+/, (path) => FLAGS[path] ?? path);
  return new KvcacheError({ kind, code, message, remedy, cause: error });
}
