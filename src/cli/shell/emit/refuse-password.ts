import { readOrigin } from '../../../base/origin.ts';
import { emitInvalid } from './emit.ts';

/**
 * For the address of a server; what is emitted is made to be kept and passed on.
 * @throws KvcacheError FLAG_INVALID (kind usage)
 */
export function refusePassword(address: string | undefined): void {
  const { password, username } = new URL((address && readOrigin(address)?.url) ?? 'http://x');
  if (!password && !username) return;
  throw emitInvalid(
    'The URL holds a password.',
    'Leave it out, and send the key with --api-key-env.',
  );
}
