import type { Environment } from '../base/environment.ts';
import type { FlagValue } from './setting-reader.ts';
import { targetError } from './errors.ts';

/**
 * The key in the variable that `--api-key-env` names; null when it names none.
 * @throws KvcacheError API_KEY_MISSING (kind usage)
 */
export function apiKeyIn(env: Environment, name: FlagValue): string | null {
  if (typeof name !== 'string') return null;
  const key = env[name]?.trim();
  if (key) return key;
  throw targetError('API_KEY_MISSING', {
    message: `The environment variable ${name} named by --api-key-env is not set.`,
    remedy: `Export ${name}, or drop --api-key-env.`,
  });
}
