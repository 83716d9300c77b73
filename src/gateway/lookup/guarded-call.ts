import { KvcacheError } from '../../base/errors.ts';
import type { Breaker } from './breaker.ts';
import { gatewayError } from '../errors.ts';

/**
 * Runs a call behind a breaker. Only what the server did wrong counts as a failure; rejections and
 * cancellations do not.
 * @throws KvcacheError BREAKER_OPEN without calling
 */
export async function callGuarded<T>(breaker: Breaker, call: () => Promise<T>): Promise<T> {
  const permit = breaker.acquire();
  if (!permit) throw gatewayError('BREAKER_OPEN');
  try {
    const result = await call();
    permit('success');
    return result;
  } catch (error) {
    const isServersFault = error instanceof KvcacheError && SERVER_FAULTS.has(error.code);
    permit(isServersFault ? 'failure' : 'neutral');
    throw error;
  }
}

const SERVER_FAULTS: ReadonlySet<string> = new Set([
  'UNREACHABLE',
  'TIMEOUT',
  'ANSWER_TOO_LARGE',
  'CONTROLLER_ERROR',
  'TOKENIZE_ERROR',
]);
