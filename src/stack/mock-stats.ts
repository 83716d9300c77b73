import { jsonOf, seen } from '../net/answer.ts';
import { callHttp } from '../net/call.ts';
import { stackError } from './errors.ts';

export type Stats = Readonly<Record<string, unknown>>;

const BACKENDS = ['controller', 'engineA', 'engineB'] as const;
type Backend = (typeof BACKENDS)[number];

/** `/stats` of the three backends, as they answered. */
export type MockStats = Record<Backend, Stats>;

/** The sample's three backends by their admin URLs; the title names them in errors. */
export interface AdminBackends extends Record<Backend, { title: string; url: string }> {
  signal: AbortSignal;
}

const ADMIN_TIMEOUT_MS = 3_000;

/** @throws KvcacheError RESET_FAILED, UNREACHABLE, TIMEOUT (kind target) */
export async function resetBackends({ signal, ...backends }: AdminBackends): Promise<void> {
  await Promise.all(
    BACKENDS.map(async (name) => {
      const { title, url } = backends[name];
      const resetUrl = `${url}/reset`;
      const answer = await callHttp({
        url: resetUrl,
        method: 'POST',
        timeoutMs: ADMIN_TIMEOUT_MS,
        signal,
      });
      if (answer.status === 200) return;
      throw stackError('RESET_FAILED', {
        ...seen(answer, resetUrl),
        message: `The ${title} refused to reset its counters (HTTP ${answer.status}).`,
      });
    }),
  );
}

/** @throws KvcacheError NOT_JSON, UNREACHABLE, TIMEOUT (kind target) */
export async function readStats({ signal, ...backends }: AdminBackends): Promise<MockStats> {
  const read = async (name: Backend): Promise<[Backend, Stats]> => {
    const url = `${backends[name].url}/stats`;
    const answer = await callHttp({ url, timeoutMs: ADMIN_TIMEOUT_MS, signal });
    return [name, jsonOf(answer, url) as Stats];
  };
  return Object.fromEntries(await Promise.all(BACKENDS.map(read))) as MockStats;
}

/** A counter, or undefined when the backend does not report it. Unknown is not zero. */
export function counter(stats: Stats, name: string): number | undefined {
  const value = stats[name];
  return typeof value === 'number' ? value : undefined;
}
