import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, type OutputKind, writeAnswer } from './answers.ts';
import { type Chance, chanceOf, jitter } from './chance.ts';
import { type Counts, DIALECTS, type Dialect, type DialectId } from './dialects.ts';
import { metricsPage } from './exposition.ts';
import { type RunningServer, bodyOf, pause, serve, writeJson } from './http.ts';
import { PrefixCache } from './prefix-cache.ts';
import { type ChatBody, tokensOf } from './words.ts';

const MAX_MODEL_LEN = 32_768;

export interface EngineOptions {
  id: string;
  dialect?: DialectId;
  model?: string;
  blockTokens?: number;
  capacityBlocks?: number;
  /** Prefix caching on; true unless told otherwise. */
  caches?: boolean;
  /** What it claims to have had in its cache; the truth unless told otherwise. */
  claims?: (cached: number, promptTokens: number) => number;
  hasTokenize?: boolean;
  output?: OutputKind;
  /** Header `x-inference-pod` with its id; no real engine sends one. */
  namesItself?: boolean;
  /** None: it answers at once. */
  latency?: EngineLatency;
  seed?: number;
}

/** One server that works on one prompt at a time, in the order of arrival. */
export interface EngineLatency {
  baseMs: number;
  /** Per prompt token that is not in the cache. */
  perTokenMs: number;
  /** Standard deviation of the logarithm of the time. */
  sigma: number;
}

/** One request as it really went. */
export interface Served {
  promptTokens: number;
  cachedTokens: number;
}

/** An engine whose cache can be looked into. */
export class TruthEngine implements RunningServer {
  readonly id: string;
  readonly model: string;
  readonly cache: PrefixCache;
  readonly dialect: Dialect;
  readonly served: Served[] = [];
  url = '';
  counts: Counts = newCounts();
  readonly #options: EngineOptions;
  readonly #chance: Chance;
  readonly #servers: RunningServer[] = [];
  #freeAtMs = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.id = options.id;
    this.model = options.model ?? 'truth-model';
    this.dialect = DIALECTS[options.dialect ?? 'vllm-0.25'];
    this.cache = new PrefixCache({
      blockTokens: options.blockTokens ?? this.dialect.blockTokens,
      capacityBlocks: options.capacityBlocks ?? 1_000_000,
    });
    this.#chance = chanceOf(options.seed ?? 1);
  }

  /** Answers at one more address: two URLs, one process. Gives the new URL. */
  async listen(): Promise<string> {
    const server = await serve((request, response) => this.#handle(request, response));
    this.#servers.push(server);
    this.url ||= server.url;
    return server.url;
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((it) => it.close()));
  }

  /** As after a crash: an empty cache, counters from 0. */
  restart(): void {
    this.cache.clear();
    this.counts = newCounts();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    const text = await bodyOf(request);
    if (request.method === 'POST') return this.#post(path, text, response);
    const page = this.#page(path);
    if (page === undefined) return notFound(response);
    if (typeof page === 'object') return writeJson(response, page);
    response.writeHead(200, { 'content-type': this.dialect.metrics?.contentType ?? 'text/plain' });
    response.end(page);
  }

  /** Text, or an object for JSON; undefined: there is no such page. */
  #page(path: string): string | object | undefined {
    switch (path) {
      case '/health':
        return '';
      case '/metrics':
        return this.dialect.hasMetrics ? metricsPage(this.dialect, this.#exposed()) : undefined;
      case '/version':
        return this.dialect.version === null ? undefined : { version: this.dialect.version };
      case '/server_info':
        return this.dialect.family === 'sglang'
          ? { page_size: this.cache.blockTokens, enable_cache_report: true, version: '0.5.23' }
          : undefined;
      case '/v1/models':
        return { object: 'list', data: [this.#modelCard()] };
      default:
        return undefined;
    }
  }

  #modelCard(): object {
    return {
      id: this.model,
      object: 'model',
      created: 1_790_000_000,
      owned_by: this.dialect.family,
      root: this.model,
      parent: null,
      max_model_len: MAX_MODEL_LEN,
    };
  }

  #exposed(): Parameters<typeof metricsPage>[1] {
    return {
      model: this.model,
      counts: this.counts,
      blockTokens: this.cache.blockTokens,
      capacityBlocks: this.#options.capacityBlocks ?? 1_000_000,
      usedBlocks: this.cache.blocks,
    };
  }

  async #post(path: string, text: string, response: ServerResponse): Promise<void> {
    if (path === '/tokenize' && this.#options.hasTokenize !== false) {
      const tokens = tokensOf(JSON.parse(text) as ChatBody);
      return writeJson(response, {
        count: tokens.length,
        max_model_len: MAX_MODEL_LEN,
        tokens,
        token_strs: null,
      });
    }
    if (path !== '/v1/chat/completions') return notFound(response);
    const body = JSON.parse(text) as ChatBody;
    if (body.model !== this.model) {
      const message = `The model \`${body.model}\` does not exist.`;
      const error = { message, type: 'NotFoundError', param: 'model', code: 404 };
      return writeJson(response, { error }, { status: 404 });
    }
    return this.#complete(body, response);
  }

  async #complete(body: ChatBody, response: ServerResponse): Promise<void> {
    const startMs = performance.now();
    // A restart begins a new set of counts; what ends after it is lost, as in a crash.
    const { counts } = this;
    const tokens = tokensOf(body);
    const cached = this.#options.caches === false ? 0 : this.cache.use(tokens, startMs);
    this.served.push({ promptTokens: tokens.length, cachedTokens: cached });
    counts.running++;
    await this.#work(tokens.length - cached);
    const wanted = body.max_completion_tokens ?? body.max_tokens;
    const answer: Answer = {
      id: `chatcmpl-${this.served.length}`,
      model: this.model,
      dialect: this.dialect,
      promptTokens: tokens.length,
      cachedTokens: this.#options.claims?.(cached, tokens.length) ?? cached,
      outputTokens: wanted ?? 16,
      finishReason: wanted === undefined ? 'stop' : 'length',
      output: this.#options.output ?? 'text',
      isStream: body.stream === true,
      includesUsage: body.stream_options?.include_usage === true,
      ...(this.#options.namesItself && { headers: { 'x-inference-pod': this.id } }),
    };
    countAnswer(counts, answer, { cached, seconds: (performance.now() - startMs) / 1_000 });
    writeAnswer(response, answer);
  }

  /** Waits for its turn, then for the prompt to be computed. */
  async #work(uncachedTokens: number): Promise<void> {
    const { latency } = this.#options;
    if (!latency) return;
    const workMs =
      (latency.baseMs + latency.perTokenMs * uncachedTokens) * jitter(this.#chance, latency.sigma);
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + workMs;
    await pause(this.#freeAtMs - nowMs);
  }
}

export async function startEngine(options: EngineOptions): Promise<TruthEngine> {
  const engine = new TruthEngine(options);
  await engine.listen();
  return engine;
}

function newCounts(): Counts {
  return {
    finished: { stop: 0, length: 0 },
    running: 0,
    promptTokens: 0,
    cachedTokens: 0,
    generatedTokens: 0,
    ttftSum: 0,
    e2eSum: 0,
  };
}

/** Before the last byte leaves, so that whoever has the answer finds it counted. */
function countAnswer(
  counts: Counts,
  answer: Answer,
  { cached, seconds }: { cached: number; seconds: number },
): void {
  counts.running--;
  counts.finished[answer.finishReason]++;
  counts.promptTokens += answer.promptTokens;
  counts.cachedTokens += cached;
  counts.generatedTokens += answer.outputTokens;
  counts.ttftSum += seconds;
  counts.e2eSum += seconds;
}

function notFound(response: ServerResponse): void {
  writeJson(response, { detail: 'Not Found' }, { status: 404 });
}
