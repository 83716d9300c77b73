import type { KvcacheError } from '../../base/errors.ts';
import { netError } from '../errors.ts';

export function tooLong(where: string, tokensMax: number): KvcacheError {
  const message = `The coordinator looks up ${tokensMax} tokens at most.`;
  const remedy = 'Nothing to do: the prompt is routed without a lookup.';
  return netError('CONTROLLER_REJECTED', { message, where, remedy });
}

export function unknownYet(where: string): KvcacheError {
  return netError('TIMEOUT', {
    message: 'The model’s name and number of ranks at the coordinator are not known yet.',
    where,
    remedy:
      'Check that the engine answers GET /v1/models and the coordinator GET /directory/keys; x-kvcache.controller.model and world_size save both questions.',
  });
}
