import { decodeServedModels, type ServedModel } from '../protocol/served-models.ts';
import { callJson } from './engine-http.ts';
import { type Targets, authorization } from './targets.ts';

/**
 * The models that a server lists.
 * @param baseUrl of an engine or a gateway
 * @throws KvcacheError as `callJson` does
 */
export async function servedModels(
  baseUrl: string,
  targets: Pick<Targets, 'apiKey' | 'timeoutMs'>,
  signal?: AbortSignal,
): Promise<ServedModel[]> {
  const json = await callJson({
    url: `${baseUrl}/v1/models`,
    headers: authorization(targets.apiKey),
    timeoutMs: targets.timeoutMs,
    signal,
  });
  return decodeServedModels(json);
}
