import { decodeDirectory, type Layout } from '../../protocol/lmcache.ts';
import type { OriginClient } from '../origin-client.ts';
import { countOf } from './cache-controller.ts';
import {
  acceptedJson,
  acceptedLookup,
  type CacheOperation,
  type CallBudget,
  type ControllerDriver,
  type PromptIdentity,
  unsupported,
  wrongDialect,
} from './driver.ts';

/** LMCache's chunk; the coordinator has no call that tells another. */
const CHUNK_TOKENS = 256;

/**
 * LMCache's MP coordinator, successor of the cache controller: it knows every holder of every chunk.
 * Deployments with tensor parallelism report one result per rank; one rank stands for all.
 */
export class CoordinatorDriver implements ControllerDriver {
  readonly dialect = 'coordinator';
  readonly #client: OriginClient;

  constructor(client: OriginClient) {
    this.#client = client;
  }

  async lookup(prompt: PromptIdentity, budget: CallBudget): Promise<Layout> {
    const path = '/directory/lookup_tokens';
    const answer = await this.#client.call({
      method: 'POST',
      path,
      body: promptBody(prompt, {}),
      ...budget,
    });
    const where = this.#client.baseUrl + path;
    const layout = decodeDirectory(acceptedLookup(answer, where), {
      sizeTokens: CHUNK_TOKENS,
      promptTokens: prompt.tokens.count,
    });
    if (!layout) throw wrongDialect(where, answer.text);
    return layout;
  }

  async apply(
    operation: CacheOperation,
    prompt: PromptIdentity,
    budget: CallBudget,
  ): Promise<number | undefined> {
    if (operation.name === 'compress') throw unsupported('compress', this.#client.baseUrl);
    const [path, extra] =
      operation.name === 'pin'
        ? ['/cache/pins', {}]
        : ['/cache/delete', { instance_id: operation.instanceId, tier: 'l1', force: false }];
    const answer = await this.#client.call({
      method: 'POST',
      path,
      body: promptBody(prompt, extra),
      ...budget,
    });
    return countOf(acceptedJson(answer, this.#client.baseUrl + path), 'affected');
  }
}

function promptBody(prompt: PromptIdentity, extra: object): string {
  const fields = {
    model_name: prompt.model,
    world_size: 1,
    cache_salt: prompt.cacheSalt,
    ...extra,
  };
  return `${JSON.stringify(fields).slice(0, -1)},"token_ids":${prompt.tokens.json}}`;
}
