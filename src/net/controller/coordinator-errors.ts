import { KvcacheError } from '../../base/errors.ts';

/** A coordinator too old. */
export function noDirectory(where: string): KvcacheError {
  return new KvcacheError({
    kind: 'target',
    code: 'CONTROLLER_NO_DIRECTORY',
    message: 'This LMCache coordinator has no directory of who holds what.',
    where,
    remedy:
      'Run LMCache 0.5.3 or newer (coordinators from 0.4.7 to 0.5.2 have none), or route without it: x-kvcache.routing.policy prefix, --routing prefix.',
  });
}

export function tooLong(where: string, tokensMax: number): KvcacheError {
  return new KvcacheError({
    kind: 'target',
    code: 'CONTROLLER_REJECTED',
    message: `The coordinator looks up ${tokensMax} tokens at most.`,
    where,
    remedy: 'Nothing to do: the prompt is routed without a lookup.',
  });
}

export function unknownYet(where: string): KvcacheError {
  return new KvcacheError({
    kind: 'target',
    code: 'TIMEOUT',
    message: 'The model’s name and number of ranks at the coordinator are not known yet.',
    where,
    remedy:
      'Check that the engine answers GET /v1/models and the coordinator GET /directory/keys; x-kvcache.controller.model and world_size save both questions.',
  });
}
