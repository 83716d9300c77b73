import type { Clock } from '../../base/clock.ts';
import { KvcacheError } from '../../base/errors.ts';
import { pollUntil } from '../../base/poll.ts';
import { createRandom, hash32 } from '../../base/random.ts';
import type { Dialect } from '../../net/controller/driver.ts';
import { ControllerClient } from '../../net/controller/controller-client.ts';
import { EngineClient } from '../../net/engine-client.ts';
import type { Layout } from '../../protocol/lmcache.ts';
import { PROMPT_TOKENS_MIN } from '../alignment.ts';
import { type EngineTarget, type Targets, authorization } from '../targets.ts';
import { TIMING } from '../timing.ts';
import { callJson } from './engine-http.ts';

/** A result or the expected failure that stood in its way. */
export type Attempt<T> =
  | { value: T; error?: undefined }
  | { value?: undefined; error: KvcacheError };

/** A long, new prompt followed through one engine and the controller. */
export interface SentPrompt {
  engine: EngineTarget;
  /** Token ids per engine, of the very body that was sent. */
  tokens: ReadonlyMap<string, Attempt<readonly number[]>>;
  maxModelLength: number | null;
  first: Attempt<ChatUsage>;
  /** The same body again to the same engine. */
  repeat: Attempt<ChatUsage>;
  dialect: Attempt<Dialect> | null;
  /** Null without a controller. */
  lookup: Attempt<Layout> | null;
  /** From the first answer until the controller listed the prompt; null when it never did. */
  admissionMs: number | null;
}

export interface ChatUsage {
  promptTokens: number | null;
  /** Null: not reported, which is not zero. */
  cachedTokens: number | null;
  servedBy: string | null;
}

interface SendOptions {
  targets: Targets;
  clock: Clock;
  nonce: string;
  signal?: AbortSignal | undefined;
}

/** Sends a prompt nobody has sent before to the first engine, looks it up, and sends it again. */
export async function sendPrompt(options: SendOptions): Promise<SentPrompt> {
  const { targets } = options;
  const engine = targets.engines[0]!;
  const { body, tokens, maxModelLength } = await tokenizeEverywhere(options);
  const first = await attempt(() => chat(engine, body, options));
  const controller =
    targets.controllerUrl === null ? null : await lookupWithin(tokens.get(engine.id), options);
  const repeat = first.error ? first : await attempt(() => chat(engine, body, options));
  return {
    engine,
    tokens,
    maxModelLength,
    first,
    repeat,
    dialect: controller?.dialect ?? null,
    lookup: controller?.lookup ?? null,
    admissionMs: controller?.admissionMs ?? null,
  };
}

async function tokenizeEverywhere(
  options: SendOptions,
): Promise<{ body: object } & Pick<SentPrompt, 'tokens' | 'maxModelLength'>> {
  const { targets, clock, signal } = options;
  const clients = targets.engines.map(
    ({ id, url }) =>
      [
        id,
        new EngineClient({ baseUrl: url, clock, apiKey: targets.apiKey ?? '', connectionsMax: 2 }),
      ] as const,
  );
  const budget = { timeoutMs: targets.timeoutMs, signal };
  try {
    const first = clients[0]![1];
    let body = chatBody(options, 0);
    let maxModelLength: number | null = null;
    // The words-to-tokens rate is the tokenizer's secret: ask, scale, ask again.
    for (let words = PROMPT_TOKENS_MIN, round = 0; round < 6; round++, words *= 2) {
      body = chatBody(options, words);
      const counted = await attempt(() => first.tokenize(JSON.stringify(body), budget));
      if (counted.error) break;
      maxModelLength = counted.value.maxModelLength ?? null;
      if (counted.value.tokens.length >= PROMPT_TOKENS_MIN) break;
    }
    const text = JSON.stringify(body);
    const tokens = await Promise.all(
      clients.map(
        async ([id, client]) =>
          [id, await attempt(async () => (await client.tokenize(text, budget)).tokens)] as const,
      ),
    );
    return { body, tokens: new Map(tokens), maxModelLength };
  } finally {
    await Promise.all(clients.map(([, client]) => client.close()));
  }
}

/** The nonce stands first, so that not one block of the prompt can have been seen before. */
function chatBody({ targets, nonce }: SendOptions, words: number): object {
  const random = createRandom(hash32(nonce));
  const text = Array.from({ length: words }, () => WORDS[random.int(WORDS.length)]).join(' ');
  return {
    model: targets.model,
    messages: [{ role: 'user', content: `${nonce} ${text}` }],
    max_tokens: 1,
    temperature: 0,
  };
}

const WORDS = 'time year people way day man thing woman life child world school state family'.split(
  ' ',
);

async function chat(
  engine: EngineTarget,
  body: object,
  { targets, signal }: SendOptions,
): Promise<ChatUsage> {
  const { json } = await callJson({
    url: `${engine.url}/v1/chat/completions`,
    json: body,
    headers: authorization(targets.apiKey),
    timeoutMs: Math.max(targets.timeoutMs, 30_000),
    signal,
  });
  return usageOf(json);
}

/** Usage of an OpenAI-style answer; whatever is missing is null. */
export function usageOf(json: unknown): ChatUsage {
  const answer = (json ?? {}) as {
    served_by?: unknown;
    usage?: { prompt_tokens?: unknown; prompt_tokens_details?: { cached_tokens?: unknown } | null };
  };
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return {
    promptTokens: number(answer.usage?.prompt_tokens),
    cachedTokens: number(answer.usage?.prompt_tokens_details?.cached_tokens),
    servedBy: typeof answer.served_by === 'string' ? answer.served_by : null,
  };
}

async function lookupWithin(
  tokens: Attempt<readonly number[]> | undefined,
  { targets, clock, signal }: SendOptions,
): Promise<Pick<SentPrompt, 'dialect' | 'lookup' | 'admissionMs'>> {
  const controller = new ControllerClient({
    baseUrl: targets.controllerUrl!,
    clock,
    dialect: 'auto',
    detectTimeoutMs: targets.timeoutMs,
    connectionsMax: 2,
  });
  try {
    const dialect = await attempt(async () => (await controller.detect()).dialect);
    if (dialect.error || !tokens?.value) return { dialect, lookup: null, admissionMs: null };
    const prompt = {
      tokens: { json: JSON.stringify(tokens.value), count: tokens.value.length },
      model: targets.model,
      cacheSalt: '',
    };
    const startMs = clock.nowMs();
    let last: Attempt<Layout> | null = null;
    const found = await pollUntil(
      async () => {
        last = await attempt(() =>
          controller.lookup(prompt, { timeoutMs: targets.timeoutMs, signal }),
        );
        return last.error || last.value.holdings.length > 0 ? last : undefined;
      },
      {
        clock,
        deadlineMs: TIMING.admissionDeadlineMs,
        intervalMs: TIMING.admissionPollMs,
        maxIntervalMs: TIMING.admissionPollMaxMs,
        signal,
      },
    );
    const admissionMs = found?.value ? clock.nowMs() - startMs : null;
    return { dialect, lookup: found ?? last, admissionMs };
  } finally {
    await controller.close();
  }
}

/** Keeps expected failures as values, so that one missing answer does not hide the others. */
export async function attempt<T>(call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (error instanceof KvcacheError && error.kind === 'target') return { error };
    throw error;
  }
}
