import { isRecord } from '../../base/json.ts';
import { decodeLookup, type Dialect, type Layout } from '../../protocol/lmcache.ts';
import type { OriginClient } from '../origin-client.ts';
import {
  acceptedJson,
  acceptedLookup,
  type CacheOperation,
  type CallBudget,
  type ControllerDriver,
  type PromptIdentity,
  type PromptTokens,
  unsupported,
  wrongDialect,
} from './driver.ts';

/**
 * LMCache's v1 cache controller (`legacy`) and the sample mocks (`toy`): the same requests, told
 * apart by the values of `layout_info`, arrays there and objects here.
 */
export class CacheDriver implements ControllerDriver {
  readonly dialect: Dialect;
  readonly #client: OriginClient;
  readonly #lookupUrl: string;
  /** Operations answered 404 or 405 once; LMCache itself has no /evict in any version. */
  readonly #missing = new Set<string>();

  constructor(client: OriginClient, dialect: 'toy' | 'legacy') {
    this.#client = client;
    this.#lookupUrl = `${client.baseUrl}/lookup`;
    this.dialect = dialect;
  }

  async lookup(prompt: PromptIdentity, budget: CallBudget): Promise<Layout> {
    const answer = await this.#client.call({
      method: 'POST',
      path: '/lookup',
      body: lookupBody(prompt.tokens),
      timeoutMs: budget.timeoutMs,
      signal: budget.signal,
    });
    const where = this.#lookupUrl;
    const layout = decodeLookup(acceptedLookup(answer, where));
    const foreignShape = this.dialect === 'toy' ? 'array' : 'object';
    if (!layout || layout.shape === foreignShape) throw wrongDialect(where, answer);
    return layout;
  }

  async apply(
    operation: CacheOperation,
    prompt: PromptIdentity,
    budget: CallBudget,
  ): Promise<number | undefined> {
    const { name } = operation;
    const where = `${this.#client.baseUrl}/${name}`;
    if (this.#missing.has(name)) throw unsupported(name, where);
    const answer = await this.#client.call({
      method: 'POST',
      path: `/${name}`,
      body: operationBody(operation, prompt.tokens.json),
      ...budget,
    });
    if (answer.status === 404 || answer.status === 405) {
      this.#missing.add(name);
      throw unsupported(name, where);
    }
    return countOf(acceptedJson(answer, where), 'num_tokens');
  }
}

/** Member `key` of an answer when it is a number. */
export function countOf(answer: unknown, key: string): number | undefined {
  const value = isRecord(answer) ? answer[key] : undefined;
  return typeof value === 'number' ? value : undefined;
}

function lookupBody(tokens: PromptTokens): Buffer {
  return (tokens.lookupBody ??= Buffer.from(`{"tokens":${tokens.json}}`, 'latin1'));
}

function operationBody(operation: CacheOperation, tokensJson: string): string {
  const { name: _name, ...fields } = operation;
  const target = {
    instance_id: fields.instanceId,
    ...('location' in fields && { location: fields.location }),
    ...('method' in fields && { method: fields.method }),
  };
  return `${JSON.stringify(target).slice(0, -1)},"tokens":${tokensJson}}`;
}
