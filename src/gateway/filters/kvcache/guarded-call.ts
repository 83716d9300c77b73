import { KvcacheError } from '../../../base/errors.ts';
import type { Breaker, CallOutcome } from './breaker.ts';

/** What a failed call says about its server. */
export type OutcomeRule = (error: unknown) => CallOutcome;

/** Runs a call behind a breaker. @throws KvcacheError BREAKER_OPEN without calling */
export async function callGuarded<T>(
  breaker: Breaker,
  outcomeOf: OutcomeRule,
  call: () => Promise<T>,
): Promise<T> {
  const permit = breaker.acquire();
  if (!permit) throw breakerOpen();
  try {
    const result = await call();
    permit('success');
    return result;
  } catch (error) {
    permit(outcomeOf(error));
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

/** Only what the server did wrong is a failure; rejections and cancellations are not. */
export const serverFaultsOnly: OutcomeRule = (error) =>
  error instanceof KvcacheError && SERVER_FAULTS.has(error.code) ? 'failure' : 'neutral';

/** Pixiu's rule: any error is a failure, a client's cancellation included. */
export const everyErrorFails: OutcomeRule = () => 'failure';

function breakerOpen(): KvcacheError {
  return new KvcacheError({
    kind: 'target',
    code: 'BREAKER_OPEN',
    message: 'Too many calls failed; the server is left alone for a while.',
    remedy: 'Look for the first failure in the log; calls resume by themselves.',
  });
}
