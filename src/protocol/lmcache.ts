/** Where one instance holds a prompt's prefix. */
export interface Holding {
  /** The controller's name of an engine. */
  instanceId: string;
  /** Storage tier, `LocalCPUBackend` or a mock's `ram-b`. */
  location: string;
  /** Tokens from the start of the prompt. */
  matchedTokens: number;
}

/** Which JSON shape `layout_info` values had; `none` when there were no values to tell by. */
export type LayoutShape = 'object' | 'array' | 'none';

export interface Layout {
  shape: LayoutShape;
  holdings: Holding[];
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

/**
 * Decodes the coordinator's POST /directory/lookup_tokens: one result per chunk (and per rank), each
 * with all its placements. An instance's match is the run of leading chunks it holds, in tokens,
 * never more than the prompt. Returns undefined for another shape.
 */
export function decodeDirectory(
  answer: unknown,
  chunk: { sizeTokens: number; promptTokens: number },
): Layout | undefined {
  if (!isRecord(answer) || !Array.isArray(answer['results'])) return undefined;
  const chunkCount = answer['chunks'];
  if (!isCount(chunkCount)) return undefined;
  const chunks = groupByChunk(answer['results'] as unknown[]);
  if (!chunks) return undefined;
  const runs = leadingRuns(chunks.slice(0, chunkCount));
  const holdings = [...runs].map(([instanceId, run]) => ({
    instanceId,
    location: run.location,
    matchedTokens: Math.min(run.chunks * chunk.sizeTokens, chunk.promptTokens),
  }));
  return { shape: 'none', holdings };
}

/** Per chunk in order: instance → tier. Ranks of one chunk share its hash. */
function groupByChunk(results: readonly unknown[]): Map<string, string>[] | undefined {
  const byHash = new Map<string, Map<string, string>>();
  for (const result of results) {
    const key = isRecord(result) ? result['key'] : undefined;
    const placements = isRecord(result) ? result['placements'] : undefined;
    if (!isRecord(key) || !Array.isArray(placements)) return undefined;
    const hash = stringOf(key['chunk_hash_hex']);
    const holders = byHash.get(hash) ?? new Map<string, string>();
    byHash.set(hash, holders);
    for (const placement of placements as unknown[]) {
      if (!isRecord(placement)) return undefined;
      const instance = placement['instance'] ?? placement['instance_id'];
      if (typeof instance === 'string') holders.set(instance, stringOf(placement['tier']));
    }
  }
  return [...byHash.values()];
}

function leadingRuns(
  chunks: readonly ReadonlyMap<string, string>[],
): Map<string, { chunks: number; location: string }> {
  const runs = new Map<string, { chunks: number; location: string }>();
  for (const [index, holders] of chunks.entries()) {
    for (const [instanceId, location] of holders) {
      const run = runs.get(instanceId) ?? { chunks: 0, location };
      if (run.chunks === index) runs.set(instanceId, { chunks: index + 1, location });
    }
  }
  return runs;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
