import type { Clock } from '../base/clock.ts';
import type { KvcacheError } from '../base/errors.ts';
import { decodeServedModels } from '../protocol/served-models.ts';
import type { RenderPath } from '../protocol/tokenize-body.ts';
import { decodeRendered, decodeTokenized, type Tokenized } from '../protocol/vllm.ts';
import type { Access } from './access.ts';
import { type Answer, jsonIfOk, seen } from './answer.ts';
import { netError } from './errors.ts';
import { OriginClient } from './origin-client.ts';
import type { CallBudget } from './controller/driver.ts';

export interface EngineClientOptions {
  baseUrl: string;
  clock: Clock;
  access: Access;
  /** 0 = unlimited. */
  connectionsMax: number;
}

/** The calls a router makes to an engine besides forwarding requests. */
export class EngineClient {
  readonly baseUrl: string;
  readonly #client: OriginClient;

  /** @throws KvcacheError URL_INVALID (kind usage) */
  constructor(options: EngineClientOptions) {
    const { access, ...rest } = options;
    this.#client = new OriginClient({ ...rest, ...access, what: 'the engine' });
    this.baseUrl = this.#client.baseUrl;
  }

  /**
   * What the engine loaded under each name that it serves; empty where it does not say.
   * @throws KvcacheError UNREACHABLE, TIMEOUT (network)
   */
  async modelRoots(budget: CallBudget): Promise<Map<string, string>> {
    const answer = await this.#client.call({
      method: 'GET',
      path: '/v1/models',
      ...budget,
    });
    const named = decodeServedModels(jsonIfOk(answer)).filter(({ root }) => root !== null);
    return new Map(named.map(({ id, root }) => [id, root!]));
  }

  /**
   * The engine's own tokens of a request body, chat template applied. vLLM ignores the members it
   * does not need, so a chat or completions body goes as it is.
   * @throws KvcacheError UNREACHABLE, TIMEOUT (network), TOKENIZE_ERROR (5xx), TOKENIZE_REJECTED
   * (4xx: this body cannot be tokenized), TOKENIZE_UNSUPPORTED (404, 405: no such route)
   */
  async tokenize(body: Buffer | string, budget: CallBudget): Promise<Tokenized> {
    const answer = await this.#post('/tokenize', body, budget);
    const tokenized = decodeTokenized(jsonIfOk(answer));
    if (tokenized) return tokenized;
    throw this.#notTokenized('/tokenize', answer, isRouteMissing(answer));
  }

  /**
   * The tokens a request would be run with, as the engine's own API renders them.
   * @throws KvcacheError as `tokenize`; vLLM answers 403 unless it was started with --enable-scale-out
   */
  async render(path: RenderPath, body: Buffer, budget: CallBudget): Promise<Tokenized> {
    const answer = await this.#post(path, body, budget);
    const rendered = decodeRendered(jsonIfOk(answer));
    if (rendered) return rendered;
    const isMissing = isRouteMissing(answer) || answer.status === 403 || answer.status === 501;
    throw this.#notTokenized(path, answer, isMissing);
  }

  #post(path: string, body: Buffer | string, budget: CallBudget): Promise<Answer> {
    return this.#client.call({ method: 'POST', path, body, ...budget });
  }

  #notTokenized(path: string, answer: Answer, isMissing: boolean): KvcacheError {
    const { status } = answer;
    const isRejected = status >= 400 && status < 500;
    const failed = isRejected ? 'TOKENIZE_REJECTED' : 'TOKENIZE_ERROR';
    return netError(isMissing ? 'TOKENIZE_UNSUPPORTED' : failed, {
      ...seen(answer, this.baseUrl + path),
      message: `The engine did not tokenize the prompt (HTTP ${status}).`,
      remedy:
        path === '/tokenize'
          ? 'Check that vllm_endpoint serves POST /tokenize for this model.'
          : 'Start vLLM with --enable-scale-out; without it the prefix index routes such requests.',
    });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

/** vLLM answers 404 for an unknown model too, then with its own error type. */
function isRouteMissing({ status, text }: Answer): boolean {
  return status === 405 || (status === 404 && !text.includes('"NotFoundError"'));
}
