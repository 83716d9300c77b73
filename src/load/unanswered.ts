import { KvcacheError } from '../base/errors.ts';
import { redactUrl } from '../base/origin.ts';
import type { Sample } from './sample.ts';

/**
 * For those who cannot go on without an answer: passes a request that got one, whatever its status.
 * @throws KvcacheError TIMEOUT, UNREACHABLE (kind target)
 */
export function requireAnswer(sample: Sample, url: string): void {
  if (sample.status !== undefined) return;
  const isTimeout = sample.failure === 'timeout';
  throw new KvcacheError({
    kind: 'target',
    code: isTimeout ? 'TIMEOUT' : 'UNREACHABLE',
    message: isTimeout
      ? `No answer within ${Math.round(sample.endMs - sample.sentMs)} ms.`
      : `Cannot reach the server: ${sample.problem}`,
    where: redactUrl(url),
    remedy: isTimeout
      ? 'Check that the server is up and not overloaded, or allow it more time.'
      : 'Check host, port and scheme of the URL, and that the server is running.',
  });
}
