import { callJson } from './engine-http.ts';
import { authorization } from './targets.ts';
import type { EngineTarget, Targets } from './targets.ts';

/**
 * Ids of the models an engine serves.
 * @throws KvcacheError as `callJson` does
 */
export async function servedModels(
  engine: EngineTarget,
  targets: Pick<Targets, 'apiKey' | 'timeoutMs'>,
  signal?: AbortSignal,
): Promise<string[]> {
  const json = await callJson({
    url: `${engine.url}/v1/models`,
    headers: authorization(targets.apiKey),
    timeoutMs: targets.timeoutMs,
    signal,
  });
  const { data } = (json ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) return [];
  return data.flatMap((it: unknown) => {
    const id = (it as { id?: unknown } | null)?.id;
    return typeof id === 'string' ? [id] : [];
  });
}
