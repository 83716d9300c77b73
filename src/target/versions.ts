import { KvcacheError } from '../base/errors.ts';
import { callHttp } from '../net/http-client.ts';
import type { Targets } from './targets.ts';

/** What each engine says at GET /version; null where it does not. */
export async function engineVersions(
  { engines, timeoutMs }: Targets,
  signal?: AbortSignal,
): Promise<Record<string, string | null>> {
  const versions = await Promise.all(
    engines.map(async ({ id, url }) => {
      return [id, await versionOf(`${url}/version`, timeoutMs, signal)] as const;
    }),
  );
  return Object.fromEntries(versions);
}

async function versionOf(
  url: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const { status, text } = await callHttp({ url, timeoutMs, signal });
    const { version } = (status === 200 ? JSON.parse(text) : {}) as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch (error) {
    // Not worth a word: a server that is really gone fails elsewhere.
    const isExpected = error instanceof SyntaxError || error instanceof KvcacheError;
    if (isExpected && !signal?.aborted) return null;
    throw error;
  }
}
