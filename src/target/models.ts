import { callJson } from './engine-http.ts';
import { type Info, numberOf, textOf } from './engines/kind.ts';
import { type Targets, authorization } from './targets.ts';

/** One entry of GET /v1/models. */
export interface ServedModel {
  id: string;
  /** Path or hub id that the engine loaded; LMCache's coordinator knows the model by it (vLLM, SGLang). */
  root: string | null;
  ownedBy: string | null;
  maxModelLength: number | null;
}

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
  const { data } = (json ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) return [];
  return (data as (Info | null)[]).flatMap((it) => {
    const id = textOf(it?.['id']);
    if (id === null) return [];
    const [root, ownedBy] = [textOf(it!['root']), textOf(it!['owned_by'])];
    return [{ id, root, ownedBy, maxModelLength: numberOf(it!['max_model_len']) }];
  });
}
