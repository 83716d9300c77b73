import { jsonOf, seen } from '../net/answer.ts';
import { callHttp } from '../net/call.ts';
import { stackError } from './errors.ts';

export type Stats = Readonly<Record<string, unknown>>;

/** `/stats` of the three backends, as they answered. */
export interface MockStats {
  controller: Stats;
  engineA: Stats;
  engineB: Stats;
}

/** The sample's three backends by their admin URLs. */
export interface AdminBackends {
  controller: AdminPlace;
  engineA: AdminPlace;
  engineB: AdminPlace;
  signal: AbortSignal;
}

interface AdminPlace {
  /** Names it in errors. */
  title: string;
  url: string;
}

const ADMIN_TIMEOUT_MS = 3_000;

/** @throws KvcacheError RESET_FAILED, UNREACHABLE, TIMEOUT (kind target) */
export async function resetBackends({
  controller,
  engineA,
  engineB,
  signal,
}: AdminBackends): Promise<void> {
  await Promise.all(
    [controller, engineA, engineB].map(async ({ title, url }) => {
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
export async function readStats({
  controller,
  engineA,
  engineB,
  signal,
}: AdminBackends): Promise<MockStats> {
  const read = async (baseUrl: string): Promise<Stats> => {
    const url = `${baseUrl}/stats`;
    return jsonOf(await callHttp({ url, timeoutMs: ADMIN_TIMEOUT_MS, signal }), url) as Stats;
  };
  const [controllerStats, statsA, statsB] = await Promise.all(
    [controller, engineA, engineB].map(({ url }) => read(url)),
  );
  return { controller: controllerStats!, engineA: statsA!, engineB: statsB! };
}

/** A counter, or undefined when the backend does not report it. Unknown is not zero. */
export function counter(stats: Stats, name: string): number | undefined {
  const value = stats[name];
  return typeof value === 'number' ? value : undefined;
}
