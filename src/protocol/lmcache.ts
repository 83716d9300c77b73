import { isCount, isRecord } from '../base/json.ts';

/** The wires a controller may speak: LMCache's two, and that of the sample's mocks. */
export const CONTROLLER_DIALECTS = ['legacy', 'coordinator', 'toy'] as const;
export type Dialect = (typeof CONTROLLER_DIALECTS)[number];

/** Where one instance holds a prompt's prefix. */
export interface Holding {
  /** The controller's name of an engine. */
  instanceId: string;
  /** Storage tier, `LocalCPUBackend` or a mock's `ram-b`. */
  location: string;
  /** Tokens from the start of the prompt. */
  matchedTokens: number;
  /**
   * What they count for in a choice, where that is not all of them: what every instance can load
   * counts nothing, what has to be brought from a slower tier half.
   */
  worthTokens?: number;
}

/** Which JSON shape `layout_info` values had; `none` when there were no values to tell by. */
export type LayoutShape = 'object' | 'array' | 'none';

export interface Layout {
  shape: LayoutShape;
  holdings: Holding[];
  /** Tokens from the start that every instance can load from a shared tier; undefined where there is none. */
  sharedTokens?: number;
  /** Undefined where the controller's chunks are always of one size. */
  chunkTokens?: number;
}

/**
 * Decodes the answer of POST /lookup. The LMCache controller sends `[location, matched]` (a Python
 * tuple); Pixiu and its sample mocks expect `{"0": location, "1": matched}`. Returns undefined when
 * the value is neither.
 */
export function decodeLookup(answer: unknown): Layout | undefined {
  const info = isRecord(answer) ? answer['layout_info'] : undefined;
  if (!isRecord(info)) return undefined;
  let shape: LayoutShape = 'none';
  const holdings: Holding[] = [];
  for (const [instanceId, value] of Object.entries(info)) {
    const holding = decodeHolding(instanceId, value);
    if (!holding) return undefined;
    shape = Array.isArray(value) ? 'array' : 'object';
    holdings.push(holding);
  }
  return { shape, holdings };
}

function decodeHolding(instanceId: string, value: unknown): Holding | undefined {
  const pair = Array.isArray(value)
    ? [value[0] as unknown, value[1] as unknown]
    : isRecord(value)
      ? [value['0'], value['1']]
      : [];
  const [location, matchedTokens] = pair;
  if (typeof location !== 'string' || !isCount(matchedTokens)) return undefined;
  return { instanceId, location, matchedTokens };
}
