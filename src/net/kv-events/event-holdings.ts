import type { Holding } from '../../protocol/lmcache.ts';
import type { EngineBlocks } from './engine-blocks.ts';
import { PromptChain } from './token-chain.ts';

/** What each engine holds of a prompt by its own KV events, none with nothing, by engine id. */
export function eventHoldings(
  engines: Iterable<readonly [id: string, blocks: EngineBlocks]>,
  { ids, model }: { ids: readonly number[]; model: string },
): Holding[] {
  const all = [...engines];
  // A request names an adapter as it names a model.
  const isAdapter = all.some(([, { adapters }]) => adapters.has(model));
  const chain = new PromptChain(ids, isAdapter ? model : '');
  return all.flatMap(([instanceId, blocks]) => {
    const matchedTokens = blocks.matchedTokens(chain);
    return matchedTokens > 0 ? [{ instanceId, location: 'events', matchedTokens }] : [];
  });
}
