import { type Attempt, attempt } from '../base/attempt.ts';
import type { Clock } from '../base/clock.ts';
import { pollUntil } from '../base/poll.ts';
import { createRandom, hash32 } from '../base/random.ts';
import type { Dialect } from '../net/controller/driver.ts';
import { ControllerClient } from '../net/controller/controller-client.ts';
import { EngineClient } from '../net/engine-client.ts';
import type { Layout } from '../protocol/lmcache.ts';
import { PROMPT_TOKENS_MIN } from '../target/alignment.ts';
import { mustChat, tokenizeBody } from '../target/chat.ts';
import type { EngineTarget, Targets } from '../target/targets.ts';
import { TIMING } from '../target/timing.ts';

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
  const { prompt, tokens, maxModelLength } = await tokenizeEverywhere(options);
  const first = await attempt(() => chat(engine, prompt, options));
  const controller =
    targets.controllerUrl === null ? null : await lookupWithin(tokens.get(engine.id), options);
  const repeat = first.error ? first : await attempt(() => chat(engine, prompt, options));
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
): Promise<{ prompt: string } & Pick<SentPrompt, 'tokens' | 'maxModelLength'>> {
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
    let prompt = '';
    let maxModelLength: number | null = null;
    // The words-to-tokens rate is the tokenizer's secret: ask, scale, ask again.
    for (let words = PROMPT_TOKENS_MIN, round = 0; round < 6; round++, words *= 2) {
      prompt = longPrompt(options.nonce, words);
      const body = tokenizeBody(targets.model, prompt);
      const counted = await attempt(() => first.tokenize(body, budget));
      if (counted.error) break;
      maxModelLength = counted.value.maxModelLength ?? null;
      if (counted.value.tokens.length >= PROMPT_TOKENS_MIN) break;
    }
    const text = tokenizeBody(targets.model, prompt);
    const tokens = await Promise.all(
      clients.map(
        async ([id, client]) =>
          [id, await attempt(async () => (await client.tokenize(text, budget)).tokens)] as const,
      ),
    );
    return { prompt, tokens: new Map(tokens), maxModelLength };
  } finally {
    await Promise.all(clients.map(([, client]) => client.close()));
  }
}

/** The nonce stands first, so that not one block of the prompt can have been seen before. */
function longPrompt(nonce: string, words: number): string {
  const random = createRandom(hash32(nonce));
  const text = Array.from({ length: words }, () => WORDS[random.int(WORDS.length)]).join(' ');
  return `${nonce} ${text}`;
}

const WORDS = 'time year people way day man thing woman life child world school state family'.split(
  ' ',
);

async function chat(
  engine: EngineTarget,
  prompt: string,
  { targets, clock, signal }: SendOptions,
): Promise<ChatUsage> {
  const timeoutMs = Math.max(targets.timeoutMs, TIMING.firstAnswerMs);
  const { usage } = await mustChat(
    { url: engine.url, prompt, outputTokens: 1 },
    { targets, clock, timeoutMs, signal },
  );
  return {
    promptTokens: usage.promptTokens ?? null,
    cachedTokens: usage.cachedTokens ?? null,
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
