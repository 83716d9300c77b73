import { redactUrl } from '../base/origin.ts';
import { noAnswer } from '../net/answer.ts';
import { reasonOf } from '../net/broken-off.ts';
import { netError } from '../net/errors.ts';
import type { Sample } from './sample.ts';

/**
 * For those who cannot go on without an answer: passes a request that got one, whatever its status.
 * @throws KvcacheError TIMEOUT, UNREACHABLE (kind target)
 */
export function requireAnswer(sample: Sample, url: string): void {
  if (sample.status !== undefined) return;
  const where = redactUrl(url);
  if (sample.failure === 'timeout') throw noAnswer(where, Math.round(sample.endMs - sample.sentMs));
  const reason = reasonOf(sample.problem ?? 'no answer came');
  throw netError('UNREACHABLE', { message: `Cannot reach the server: ${reason}.`, where });
}
