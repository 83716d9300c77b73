import { isRecord, numberOf, textOf } from '../base/json.ts';

/** One entry of GET /v1/models. */
export interface ServedModel {
  id: string;
  /** Path or hub id that the engine loaded; LMCache's coordinator knows the model by it (vLLM, SGLang). */
  root: string | null;
  ownedBy: string | null;
  maxModelLength: number | null;
}

/** Decodes GET /v1/models; empty for another shape. */
export function decodeServedModels(answer: unknown): ServedModel[] {
  const data = isRecord(answer) ? answer['data'] : undefined;
  return (Array.isArray(data) ? data : []).filter(isRecord).flatMap((it) => {
    const id = textOf(it['id']);
    if (id === null) return [];
    const [root, ownedBy] = [textOf(it['root']), textOf(it['owned_by'])];
    return [{ id, root, ownedBy, maxModelLength: numberOf(it['max_model_len']) }];
  });
}
