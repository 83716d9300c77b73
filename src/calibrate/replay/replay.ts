import { EngineCore } from '../../../mocks/engine/core/engine-core.ts';
import { DEVICE_LOCATION } from '../../../mocks/engine/core/stores.ts';
import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { TIER_ARM } from '../observe/arms.ts';
import type { Seen } from '../observe/timeline.ts';

/** Milliseconds from sending, as the profile has them. */
export interface Predicted {
  ttftMs: number;
  /** Last byte. */
  latencyMs: number;
  /** Mean gap between tokens; null with fewer than two. */
  itlMs: number | null;
}

/** Hashing more would take longer than anybody waits. */
const REPLAYED_TOKENS_MAX = 50_000_000;

/**
 * Sends the same requests to an engine of this profile in virtual time: equally long prompts and answers, with as
 * many tokens in its cache as each was told to have had. Those that had been sent to an idle engine find an idle one,
 * those that had followed upon the end of another follow upon its end here.
 * @returns by request; those are missing of which too little is known, and all after 50 million tokens
 */
export function replay(
  timeline: readonly Seen[],
  profile: EngineProfile,
): ReadonlyMap<Seen, Predicted> {
  const clock = new VirtualClock();
  const usable = replayable(timeline);
  const core = new EngineCore({
    id: 'replay',
    profile: replayProfile(profile, usable),
    clock,
    isUnheard: true,
  });
  const predicted = new Map<Seen, Predicted>();
  let firstToken = 1;
  for (const period of busyPeriods(usable)) {
    const followers = followersIn(period);
    const followed = new Set([...followers.values()].flat());
    const send = (seen: Seen): void => {
      const promptTokens = tokensFrom(firstToken, seen.promptTokens);
      firstToken += seen.promptTokens;
      submit({ core, seen, promptTokens }, (it) => {
        if (it) predicted.set(seen, it);
        for (const next of followers.get(seen) ?? []) {
          clock.at(clock.nowMs() + next.sentMs - seen.sample.endMs, () => send(next));
        }
      });
    };
    const startMs = clock.nowMs() - period[0]!.sentMs;
    for (const seen of period) {
      if (!followed.has(seen)) clock.at(startMs + seen.sentMs, () => send(seen));
    }
    clock.runToIdle();
  }
  return predicted;
}

/** Before the first request of each the engine was idle. */
function busyPeriods(usable: readonly Seen[]): Seen[][] {
  const periods: Seen[][] = [];
  let busyUntilMs = -Infinity;
  for (const seen of usable) {
    if (seen.sentMs >= busyUntilMs) periods.push([]);
    periods.at(-1)!.push(seen);
    busyUntilMs = Math.max(busyUntilMs, seen.sample.endMs);
  }
  return periods;
}

/** So soon after the end of another, a request was sent because of it: the loop is closed. */
const FOLLOWS_WITHIN_MS = 2;

function followersIn(period: readonly Seen[]): ReadonlyMap<Seen, Seen[]> {
  const followers = new Map<Seen, Seen[]>();
  const ended = period.toSorted((a, b) => a.sample.endMs - b.sample.endMs);
  let at = 0;
  for (const seen of period) {
    while (at < ended.length && ended[at]!.sample.endMs <= seen.sentMs) at++;
    const before = ended[at - 1];
    if (!before || seen.sentMs - before.sample.endMs > FOLLOWS_WITHIN_MS) continue;
    followers.set(before, [...(followers.get(before) ?? []), seen]);
  }
  return followers;
}

function replayable(timeline: readonly Seen[]): Seen[] {
  let tokens = 0;
  return timeline.filter(({ arrivalsMs, promptTokens, cachedTokens, outputTokens }) => {
    const isKnown = arrivalsMs.length > 0 && cachedTokens !== undefined;
    if (!isKnown || promptTokens < 1 || outputTokens < 1) return false;
    return (tokens += promptTokens) <= REPLAYED_TOKENS_MAX;
  });
}

/** Nobody else's. */
function tokensFrom(first: number, count: number): Uint32Array {
  const tokens = new Uint32Array(count);
  for (let at = 0; at < count; at++) tokens[at] = first + at;
  return tokens;
}

const BLOCK_TOKENS_MAX = 16;

/** Blocks that hold exactly what was cached, and enough of them; times without chance. */
function replayProfile(profile: EngineProfile, usable: readonly Seen[]): EngineProfile {
  const blockSize = usable.reduce(
    (it, seen) => divisorOf(it, seen.cachedTokens!),
    BLOCK_TOKENS_MAX,
  );
  const longest = usable.reduce((most, it) => Math.max(most, it.promptTokens + it.outputTokens), 0);
  const chunks = Math.ceil(longest / blockSize);
  const hasTier = usable.some(({ sample }) => sample.arm === TIER_ARM);
  return {
    ...profile,
    jitter: { ttftCv: 0, itlCv: 0 },
    blockSize,
    blocks: 2 * Math.ceil((mostTokensAtOnce(usable) + longest) / blockSize) + usable.length,
    maxModelLen: Math.max(profile.maxModelLen, longest + 1),
    tier: hasTier && profile.tier ? { ...profile.tier, chunkTokens: blockSize, chunks } : null,
  };
}

function divisorOf(left: number, right: number): number {
  return right === 0 ? left : divisorOf(right, left % right);
}

function mostTokensAtOnce(usable: readonly Seen[]): number {
  const changes = usable.flatMap(({ sentMs, lastMs, promptTokens, outputTokens }) => [
    { atMs: sentMs, tokens: promptTokens + outputTokens },
    { atMs: lastMs, tokens: -(promptTokens + outputTokens) },
  ]);
  let [most, now] = [0, 0];
  for (const { tokens } of changes.toSorted((a, b) => a.atMs - b.atMs)) {
    now += tokens;
    most = Math.max(most, now);
  }
  return most;
}

function submit(
  { core, seen, promptTokens }: { core: EngineCore; seen: Seen; promptTokens: Uint32Array },
  done: (predicted: Predicted | undefined) => void,
): void {
  const { outputTokens, sample } = seen;
  const { tier } = core.profile;
  const place = sample.arm === TIER_ARM && tier ? tier.location : DEVICE_LOCATION;
  const cached = promptTokens.subarray(0, Math.min(seen.cachedTokens!, promptTokens.length - 1));
  if (cached.length > 0) core.operations.store(place, cached);
  const answer = core.submit(
    { key: String(sample.id), promptTokens, maxTokens: outputTokens, ignoreEos: true },
    {
      onFinish: ({ finishReason, ttftMs, e2eMs, decodeMs }) => {
        if (finishReason === 'abort' || ttftMs === null) return done(undefined);
        const gaps = outputTokens - 1;
        const itlMs = gaps === 0 || decodeMs === null ? null : decodeMs / gaps;
        done({ ttftMs, latencyMs: e2eMs, itlMs });
      },
    },
  );
  if (!answer.accepted) done(undefined);
}
