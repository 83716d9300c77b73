import type { Clock } from '../../../base/clock.ts';
import { KvcacheError } from '../../../base/errors.ts';
import { Remembered } from '../../../base/remembered.ts';
import type { PromptTokens } from '../../../net/controller/driver.ts';
import { EngineClient } from '../../../net/engine-client.ts';
import type { Cluster } from '../../cluster.ts';
import type { Breaker } from './breaker.ts';
import { callGuarded, type OutcomeRule } from './guarded-call.ts';

export interface TokenizerOptions {
  clock: Clock;
  /** The configured tokenize endpoint: asked first. */
  endpoint: string;
  clusters: ReadonlyMap<string, Cluster>;
  /** Scheme of cluster endpoints. */
  scheme: 'http' | 'https';
  /** Whether a cluster's own endpoints may stand in for the configured one. */
  canFallBack: boolean;
  connectionsMax: number;
  createBreaker: () => Breaker;
  outcomeOf: OutcomeRule;
  /** How long an endpoint that answered "no such route" is left alone. */
  unsupportedForMs: number;
  /** Told how long each call took. */
  onTook: (ms: number) => void;
}

interface Target {
  client: EngineClient;
  breaker: Breaker;
  /** Has no /tokenize: not asked before this time. */
  skipUntilMs: number;
}

const ROOTS_TIMEOUT_MS = 2_000;
/** An engine serves what it was started with, adapters apart. */
const ROOTS_FRESH_MS = 60_000;
const ROOTS_RETRY_MS = 5_000;

/** Asks engines for a prompt's tokens: the configured endpoint first, then the cluster's own. */
export class Tokenizer {
  readonly #options: TokenizerOptions;
  readonly #configured: Target;
  readonly #roots: Remembered<ReadonlyMap<string, string>>;
  readonly #targets = new Map<string, Target>();

  /** @throws KvcacheError URL_INVALID (kind usage) */
  constructor(options: TokenizerOptions) {
    this.#options = options;
    this.#configured = this.#target(options.endpoint, this.#keyOf(options.endpoint));
    this.#roots = new Remembered({
      clock: options.clock,
      ask: () => this.#configured.client.modelRoots({ timeoutMs: ROOTS_TIMEOUT_MS }),
      freshMs: ROOTS_FRESH_MS,
      retryMs: ROOTS_RETRY_MS,
    });
  }

  /**
   * Path or hub id behind a served name, as the configured engine says; null when it does not.
   * Without a name it is the first that is served, which an engine takes for such requests too.
   */
  async rootOf(servedName: string): Promise<string | null> {
    const find = (roots: ReadonlyMap<string, string>): string | undefined =>
      servedName === '' ? [...roots.values()][0] : roots.get(servedName);
    return find(await this.#roots.get((known) => find(known) !== undefined)) ?? null;
  }

  get breaker(): Breaker {
    return this.#configured.breaker;
  }

  /** @throws KvcacheError as `EngineClient.tokenize`, or BREAKER_OPEN; the last target's error */
  async tokenize(
    body: Buffer | string,
    cluster: Cluster,
    budget: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<PromptTokens> {
    const { clock, outcomeOf } = this.#options;
    const endMs = clock.nowMs() + budget.timeoutMs;
    let failure: unknown;
    for (const target of this.#targetsOf(cluster)) {
      const timeoutMs = endMs - clock.nowMs();
      if (timeoutMs <= 0) break;
      try {
        const { tokens } = await callGuarded(target.breaker, outcomeOf, () =>
          this.#timed(target.client.tokenize(body, { timeoutMs, signal: budget.signal })),
        );
        return { json: JSON.stringify(tokens), count: tokens.length };
      } catch (error) {
        failure = error;
        if (!mayTryAnother(error)) throw error;
        if (codeOf(error) === 'TOKENIZE_UNSUPPORTED') {
          target.skipUntilMs = clock.nowMs() + this.#options.unsupportedForMs;
        }
      }
    }
    throw failure ?? noTarget();
  }

  async #timed<T>(call: Promise<T>): Promise<T> {
    const { clock, onTook } = this.#options;
    const startedMs = clock.nowMs();
    try {
      return await call;
    } finally {
      onTook(clock.nowMs() - startedMs);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#targets.values()].map(({ client }) => client.close()));
  }

  #targetsOf(cluster: Cluster): Target[] {
    if (!this.#options.canFallBack) return [this.#configured];
    const others = cluster.endpoints.map(({ address, config }) =>
      this.#target(`${this.#options.scheme}://${address}`, config.llm.apiKey),
    );
    const nowMs = this.#options.clock.nowMs();
    return [...new Set([this.#configured, ...others])].filter((it) => it.skipUntilMs <= nowMs);
  }

  #target(baseUrl: string, apiKey: string): Target {
    const { clock, connectionsMax, createBreaker } = this.#options;
    const origin = URL.canParse(baseUrl) ? new URL(baseUrl).href : baseUrl;
    let target = this.#targets.get(origin);
    if (!target) {
      const client = new EngineClient({ baseUrl, clock, apiKey, connectionsMax });
      target = { client, breaker: createBreaker(), skipUntilMs: 0 };
      this.#targets.set(origin, target);
    }
    return target;
  }

  /** An endpoint's key goes only to its own address, whether it is configured twice or not. */
  #keyOf(baseUrl: string): string {
    if (!URL.canParse(baseUrl)) return '';
    const { hostname, port, protocol } = new URL(baseUrl);
    const address = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
    for (const cluster of this.#options.clusters.values()) {
      const same = cluster.endpoints.find((endpoint) => endpoint.address === address);
      if (same) return same.config.llm.apiKey;
    }
    return '';
  }
}

const OTHERS_MAY_DO: ReadonlySet<string | undefined> = new Set([
  'UNREACHABLE',
  'TIMEOUT',
  'TOKENIZE_ERROR',
  'TOKENIZE_UNSUPPORTED',
  'BREAKER_OPEN',
]);

function mayTryAnother(error: unknown): boolean {
  return OTHERS_MAY_DO.has(codeOf(error));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof KvcacheError ? error.code : undefined;
}

function noTarget(): KvcacheError {
  return new KvcacheError({
    kind: 'target',
    code: 'TOKENIZE_UNSUPPORTED',
    message: 'No engine of this cluster serves POST /tokenize.',
    remedy: 'Point vllm_endpoint at an engine that does.',
  });
}
