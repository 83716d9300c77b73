import { originOf, parseOrigin } from '../../base/origin.ts';
import type { Clock } from '../../base/clock.ts';
import { codeOf } from '../../base/errors.ts';
import { Remembered } from '../../base/remembered.ts';
import type { CallBudget, PromptTokens } from '../../net/controller/driver.ts';
import { accessBy } from '../../net/access.ts';
import { EngineClient } from '../../net/engine-client.ts';
import type { TokenizePlan } from '../../protocol/tokenize-body.ts';
import type { Tokenized } from '../../protocol/vllm.ts';
import type { Cluster } from '../balance/cluster.ts';
import type { Breaker } from './breaker.ts';
import { callGuarded } from './guarded-call.ts';
import { netError } from '../../net/errors.ts';

export interface TokenizerOptions {
  clock: Clock;
  /** The configured tokenize endpoint: asked first. */
  endpoint: string;
  clusters: ReadonlyMap<string, Cluster>;
  /** Scheme of cluster endpoints. */
  scheme: 'http' | 'https';
  connectionsMax: number;
  createBreaker: () => Breaker;
  /** How long an endpoint that answered "no such route" is left alone. */
  unsupportedForMs: number;
  /** Told how long each call took. */
  onTook: (ms: number) => void;
}

/** What an engine has to be asked for. */
export type EngineCall = Exclude<TokenizePlan, { kind: 'tokens' }>;

interface Target {
  client: EngineClient;
  breaker: Breaker;
  /** Routes it does not have: not asked before this time. */
  readonly skipUntilMs: Map<string, number>;
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
    const { url, address } = parseOrigin(options.endpoint, 'vllm_endpoint');
    this.#configured = this.#target(url, this.#keyOf(address));
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
    plan: EngineCall,
    cluster: Cluster,
    budget: { timeoutMs: number },
  ): Promise<PromptTokens> {
    const { clock } = this.#options;
    const endMs = clock.nowMs() + budget.timeoutMs;
    const route = plan.kind === 'render' ? plan.path : '/tokenize';
    const targets = this.#targetsOf(cluster, route);
    // Engines of a cluster are alike: what one cannot render, none of them is likely to.
    const isOneEnough = plan.kind === 'render';
    if (isOneEnough && targets[0] !== this.#configured) throw noTarget(route);
    let failure: unknown;
    for (const target of targets) {
      const timeoutMs = endMs - clock.nowMs();
      if (timeoutMs <= 0) break;
      try {
        const { tokens } = await callGuarded(target.breaker, () =>
          this.#timed(ask(target.client, plan, { timeoutMs })),
        );
        return { json: JSON.stringify(tokens), count: tokens.length };
      } catch (error) {
        failure = error;
        if (!mayTryAnother(error)) throw error;
        if (codeOf(error) !== 'TOKENIZE_UNSUPPORTED') continue;
        target.skipUntilMs.set(route, clock.nowMs() + this.#options.unsupportedForMs);
        if (isOneEnough) break;
      }
    }
    throw failure ?? noTarget(route);
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

  #targetsOf(cluster: Cluster, route: string): Target[] {
    const others = cluster.endpoints.map(({ address, config }) =>
      this.#target(`${this.#options.scheme}://${address}`, config.llm.apiKey),
    );
    const nowMs = this.#options.clock.nowMs();
    return [...new Set([this.#configured, ...others])].filter(
      ({ skipUntilMs }) => (skipUntilMs.get(route) ?? 0) <= nowMs,
    );
  }

  #target(baseUrl: string, apiKey: string): Target {
    const { clock, connectionsMax, createBreaker } = this.#options;
    const origin = originOf(baseUrl).url;
    let target = this.#targets.get(origin);
    if (!target) {
      const access = accessBy(apiKey);
      const client = new EngineClient({ baseUrl, clock, access, connectionsMax });
      target = { client, breaker: createBreaker(), skipUntilMs: new Map() };
      this.#targets.set(origin, target);
    }
    return target;
  }

  /** An endpoint's key goes only to its own address, whether it is configured twice or not. */
  #keyOf(address: string): string {
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

function ask(client: EngineClient, plan: EngineCall, budget: CallBudget): Promise<Tokenized> {
  return plan.kind === 'render'
    ? client.render(plan.path, plan.body, budget)
    : client.tokenize(plan.body, budget);
}

function noTarget(route: string) {
  const message = `No engine of this cluster serves POST ${route}.`;
  return netError('TOKENIZE_UNSUPPORTED', { message });
}
