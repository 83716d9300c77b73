import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { KvcacheError } from '../../base/errors.ts';
import { isRecord, parseJson } from '../../base/json.ts';
import { redactUrl } from '../../base/origin.ts';
import { callHttp } from '../../net/call.ts';
import { loadError } from '../errors.ts';
import type { JoinAnswer, JoinCall } from './barrier.ts';
import { JOIN_PATH } from './barrier-server.ts';
import { type Shard, shardName } from '../../base/shard.ts';
import type { ClockFacts } from './shard-facts.ts';

/** When to begin. */
export interface Start {
  /** Since the Unix epoch, by the barrier's clock. */
  startAtMs: number;
  /** The same moment on our own monotonic clock. */
  originMs: number;
  clock: ClockFacts | null;
}

export interface MeetOptions {
  url: string;
  shard: Shard;
  plan: string;
  waitMs: number;
  clock: Clock;
  signal: AbortSignal;
}

const POLL_MS = 100;
const CALL_TIMEOUT_MS = 5_000;
/** Exchanges before the start; the quickest one tells the offset. */
const EXCHANGES = 8;

/**
 * Waits at a barrier until all shards of the plan are there.
 * @throws KvcacheError BARRIER_INCOMPLETE, SHARD_FOREIGN, SHARD_TWICE (kind invalid), BARRIER_NOT_THERE (kind target); the signal's reason
 */
export async function meet(options: MeetOptions): Promise<Start> {
  const { clock, shard, plan, signal } = options;
  const call: JoinCall = { shard: shardName(shard), plan, token: randomUUID() };
  const untilMs = clock.nowMs() + options.waitMs;
  let missing: unknown;
  for (;;) {
    const told = await exchange(options, call).catch((error: unknown) => {
      if (!isNotYetThere(error) || signal.aborted) throw error;
      missing = error;
      return undefined;
    });
    if (told && told.answer.startAtMs !== null)
      return startOf(options, call, told.answer.startAtMs);
    if (told) missing = told.answer;
    if (clock.nowMs() >= untilMs) throw incomplete(missing, options);
    await sleep(clock, POLL_MS, signal);
  }
}

/** Shards start in any order: the one that serves the barrier may be the last. */
function isNotYetThere(error: unknown): boolean {
  return error instanceof KvcacheError && ['UNREACHABLE', 'TIMEOUT'].includes(error.code);
}

type Told = Exclude<JoinAnswer, { state: 'refused' }>;

interface Exchanged {
  answer: Told;
  /** On our monotonic clock. */
  sentMs: number;
  receivedMs: number;
}

/** The clocks compared as NTP does (RFC 5905, 8): the answer was written somewhere between sending and receiving. */
async function startOf(options: MeetOptions, call: JoinCall, startAtMs: number): Promise<Start> {
  const { clock } = options;
  const seen: Exchanged[] = [];
  for (let count = 0; count < EXCHANGES; count++) seen.push(await exchange(options, call));
  const tookMs = ({ sentMs, receivedMs }: Exchanged): number => receivedMs - sentMs;
  const quickest = seen.reduce((best, it) => (tookMs(it) < tookMs(best) ? it : best));
  const middleMs = (quickest.sentMs + quickest.receivedMs) / 2;
  const epochMs = quickest.answer.nowMs - middleMs;
  return {
    startAtMs,
    originMs: startAtMs - epochMs,
    clock: {
      offsetMs: clock.wallMs() - clock.nowMs() - epochMs,
      boundMs: tookMs(quickest) / 2,
    },
  };
}

async function exchange(options: MeetOptions, call: JoinCall): Promise<Exchanged> {
  const { url, clock, signal } = options;
  const sentMs = clock.nowMs();
  const { text } = await callHttp({
    url: `${url}${JOIN_PATH}`,
    json: call,
    timeoutMs: CALL_TIMEOUT_MS,
    maxBytes: CALL_BYTES_MAX,
    signal,
  });
  const receivedMs = clock.nowMs();
  const answer = readAnswer(parseJson(text));
  if (answer === undefined) throw loadError('BARRIER_NOT_THERE', { where: redactUrl(url) });
  if (answer.state === 'refused') throw refusal(answer.reason, options);
  return { answer, sentMs, receivedMs };
}

const CALL_BYTES_MAX = 16 * 1024;

function readAnswer(value: unknown): JoinAnswer | undefined {
  if (!isRecord(value) || typeof value['nowMs'] !== 'number') return undefined;
  const { state, startAtMs, missing } = value;
  if (state === 'refused') return value as JoinAnswer;
  const isStart = startAtMs === null || typeof startAtMs === 'number';
  return isStart && Array.isArray(missing) ? (value as JoinAnswer) : undefined;
}

const REFUSALS = {
  'other-plan': ['SHARD_FOREIGN', 'is from another plan than the first one that came'],
  'other-count': ['SHARD_FOREIGN', 'is part of another number of shards than the first one'],
  taken: ['SHARD_TWICE', 'is there already: another process sends the same part'],
} as const;

function refusal(reason: keyof typeof REFUSALS, { shard, url }: MeetOptions): KvcacheError {
  const [code, text] = REFUSALS[reason];
  const message = `Shard ${shardName(shard)} ${text}.`;
  return loadError(code, { message, where: redactUrl(url) });
}

function incomplete(seen: unknown, { waitMs, url, shard }: MeetOptions): unknown {
  if (seen instanceof KvcacheError) return seen;
  const { missing, missingCount } = seen as Told;
  const names = missing.map((index) => shardName({ index, of: shard.of })).join(', ');
  const more = missingCount > missing.length ? ` and ${missingCount - missing.length} more` : '';
  const message = `Not all shards came within ${formatDuration(waitMs)}; missing: ${names}${more}.`;
  return loadError('BARRIER_INCOMPLETE', { message, where: redactUrl(url) });
}
