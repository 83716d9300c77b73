import { type Attempt, attempt } from '../base/attempt.ts';
import type { Clock } from '../base/clock.ts';
import { pollUntil } from '../base/poll.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Answer } from '../load/send.ts';
import { mustChat } from '../target/chat.ts';
import { type CounterSnapshot, counterDelta, takeSnapshot } from '../target/counters.ts';
import { type EngineProfile, metricPage } from '../target/engine-profile.ts';
import { type EngineTarget, type Targets, engineCount } from '../target/targets.ts';
import { TIMING } from '../target/timing.ts';

/** What became of a new prompt at one server. */
export interface Trial {
  /** Undefined: the gateway. */
  engine: EngineTarget | undefined;
  prompt: string;
  first: Attempt<Answer>;
  /** The same body again, each over a connection of its own, until one hits. */
  repeats: readonly Attempt<Answer>[];
  /** Every engine's counters when the trial ended, and what they gained in it. */
  after: CounterSnapshot;
  gained: CounterSnapshot;
  /** Earlier engines whose prompt this one has cached too; asked where counters cannot tell. */
  alsoHolds: readonly string[];
  /** Its metrics, looked at several times without a request between, each over a new connection. */
  looks: readonly Look[];
  /** The usual prompt missed, this longer one did not. */
  isLong: boolean;
}

export interface Look {
  startedAt: number | null;
  requests: number | null;
}

export interface TrialOptions {
  targets: Targets;
  profiles: readonly EngineProfile[];
  /** The gateway's, where its file was named. */
  config?: GatewayConfig | undefined;
  clock: Clock;
  /** Makes the prompts new; equal nonces send equal prompts. */
  nonce: string;
  signal?: AbortSignal | undefined;
}

interface EngineTrialOptions extends TrialOptions {
  earlier: readonly Trial[];
  longPrompt: (words: number) => string;
  contextTokens: number | null;
  whenFirstAnswered: () => Promise<void>;
}

/** A prompt misses for certain only when every rank and every pod behind the address has seen it. */
const REPEATS_MIN = 8;
/** Hybrid models cache blocks of 528 to 1,600 tokens (vLLM issues 51198, 42317): two of them and a token. */
const LONG_WORDS = 3_201;

/** Cached tokens of an exchange; null: not reported, which is not zero. */
export function cachedOf({ value }: Attempt<Answer>): number | null {
  return value?.sample.cachedTokens ?? null;
}

/** The number of the repeat that had more cached tokens than the first request; null for none. */
export function hitAt({ first, repeats }: Pick<Trial, 'first' | 'repeats'>): number | null {
  const floor = cachedOf(first) ?? 0;
  const index = repeats.findIndex((it) => (cachedOf(it) ?? 0) > floor);
  return index === -1 ? null : index + 1;
}

export async function tryEngine(
  profile: EngineProfile,
  prompt: string,
  options: EngineTrialOptions,
): Promise<Trial> {
  const { engine, blockTokens, ranks } = profile;
  const repeatsMax = Math.max(REPEATS_MIN, ranks + 1);
  const server = { engine, url: engine.url, repeatsMax };
  const trial = await tryServer(server, prompt, options);
  const alsoHolds = await heldToo(trial, options);
  const looks = await lookAround(profile, options);
  const { contextTokens, longPrompt } = options;
  const isAnswered = !trial.first.error && trial.repeats.every((it) => !it.error);
  const isOpen = isAnswered && hitAt(trial) === null && blockTokens === null;
  const hasRoom = contextTokens === null || contextTokens > 2 * LONG_WORDS;
  if (!isOpen || !hasRoom || trial.repeats.every((it) => cachedOf(it) === null)) {
    return { ...trial, alsoHolds, looks };
  }
  const long = await tryServer(server, longPrompt(LONG_WORDS), options);
  return hitAt(long) === null
    ? { ...trial, alsoHolds, looks }
    : { ...long, alsoHolds, looks, isLong: true };
}

export function tryGateway(prompt: string, options: TrialOptions): Promise<Trial> {
  const { targets } = options;
  const repeatsMax = Math.max(REPEATS_MIN, 2 * (engineCount(targets) ?? 1));
  return tryServer({ engine: undefined, url: targets.gatewayUrl!, repeatsMax }, prompt, options);
}

interface Server {
  engine: EngineTarget | undefined;
  url: string;
  repeatsMax: number;
}

async function tryServer(
  server: Server,
  prompt: string,
  options: TrialOptions & Partial<Pick<EngineTrialOptions, 'whenFirstAnswered'>>,
): Promise<Trial> {
  const before = await snapshot(options);
  const first = await ask(server.url, prompt, options);
  await options.whenFirstAnswered?.();
  const repeats: Attempt<Answer>[] = [];
  while (!first.error && repeats.length < server.repeatsMax) {
    const repeat = await ask(server.url, prompt, options);
    repeats.push(repeat);
    if (repeat.error || hitAt({ first, repeats }) !== null) break;
  }
  const { engine } = server;
  const after = await settled(before, { engine, sent: 1 + repeats.length }, options);
  const gained = counterDelta(before, after);
  return { engine, prompt, first, repeats, after, gained, alsoHolds: [], looks: [], isLong: false };
}

function ask(url: string, prompt: string, options: TrialOptions): Promise<Attempt<Answer>> {
  const { targets, clock, signal } = options;
  const timeoutMs = Math.max(targets.timeoutMs, TIMING.firstAnswerMs);
  const request = { url, prompt, outputTokens: 1 };
  return attempt(() => mustChat(request, { targets, clock, timeoutMs, signal }));
}

/** Two engines in turn at random show themselves to six looks in all but 1 of 32 cases. */
const LOOKS = 6;

async function lookAround(
  { metricsUrl, kind }: EngineProfile,
  { targets, signal }: TrialOptions,
): Promise<Look[]> {
  const looks: Look[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const page = await metricPage(metricsUrl, targets, signal);
    const startedAt = page.largest('process_start_time_seconds');
    looks.push({ startedAt, requests: kind.count(page).requests });
  }
  return looks;
}

/** Engines whose counters nobody can read are told apart by asking each for the prompts of the others. */
async function heldToo(trial: Trial, options: EngineTrialOptions): Promise<string[]> {
  const isCounted = (it: Trial): boolean =>
    (trial.gained.engines[it.engine!.id]?.requests ?? null) !== null;
  const held: string[] = [];
  for (const other of options.earlier) {
    if ((isCounted(trial) && isCounted(other)) || hitAt(other) === null) continue;
    const answer = await ask(trial.engine!.url, other.prompt, options);
    if ((cachedOf(answer) ?? 0) > (cachedOf(trial.first) ?? 0)) held.push(other.engine!.id);
  }
  return held;
}

function snapshot({ targets, profiles, signal }: TrialOptions): Promise<CounterSnapshot> {
  return takeSnapshot({
    engines: profiles.map(({ engine, metricsUrl }) => ({ id: engine.id, metricsUrl })),
    gatewayMetricsUrl: null,
    access: targets.access,
    timeoutMs: targets.timeoutMs,
    signal,
  });
}

/** Engines count a request when it is over, which may be a moment after its answer. */
async function settled(
  before: CounterSnapshot,
  { engine, sent }: { engine: EngineTarget | undefined; sent: number },
  options: TrialOptions,
): Promise<CounterSnapshot> {
  let last = before;
  const look = async (): Promise<CounterSnapshot | undefined> => {
    last = await snapshot(options);
    const requests = engine && counterDelta(before, last).engines[engine.id]?.requests;
    return requests == null || requests >= sent ? last : undefined;
  };
  const { clock, signal } = options;
  const intervalMs = TIMING.settlePollMs;
  await pollUntil(look, { clock, deadlineMs: TIMING.secondChanceMs, intervalMs, signal });
  return last;
}
