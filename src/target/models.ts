import { decodeServedModels, type ServedModel } from '../protocol/served-models.ts';
import { callJson } from './engine-http.ts';
import type { Targets } from './targets.ts';

/**
 * The models that a server lists.
 * @param baseUrl of an engine or a gateway
 * @throws KvcacheError as `callJson` does
 */
export async function servedModels(
  baseUrl: string,
  targets: Pick<Targets, 'access' | 'timeoutMs'>,
  signal?: AbortSignal,
): Promise<ServedModel[]> {
  const json = await callJson({
    url: `${baseUrl}/v1/models`,
    ...targets.access,
    timeoutMs: targets.timeoutMs,
    signal,
  });
  return decodeServedModels(json);
}
