import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { chainSeed, TokenChain } from '../../mocks/kv/blocks.ts';
import type { EngineProfile } from '../../mocks/profiles/profile.ts';
import { EngineCore } from '../../mocks/engine/core/engine-core.ts';
import type { EngineRequest, RequestResult } from '../../mocks/engine/core/request.ts';
import { RunJournal } from './run-journal.ts';

/** A request of a simulated run. */
export interface Arrival extends EngineRequest {
  atMs: number;
}

/** What a routing policy may look at when a request arrives. */
export interface FleetView {
  nowMs: number;
  engines: readonly EngineCore[];
}

export interface FleetRunOptions {
  engines: readonly { id: string; profile: EngineProfile }[];
  seed?: number;
  /** As of `EngineCore`. */
  isUnheard?: boolean;
  /** Names the engine that gets the request. */
  choose: (arrival: Arrival, fleet: FleetView) => string;
}

/** One request of a simulated run. Times in virtual milliseconds. */
export interface FleetSample {
  key: string;
  atMs: number;
  engineId: string;
  /** Null when it was refused. */
  ttftMs: number | null;
  latencyMs: number | null;
  queueMs: number | null;
  promptTokens: number;
  outputTokens: number;
  cachedTokens: number;
  /** The most any engine could have served from its cache when the request arrived. */
  bestCachedTokens: number;
  refusal: string | null;
}

export interface FleetRun {
  /** In order of arrival. */
  samples: FleetSample[];
  totals: FleetTotals;
  /** Journal lines by engine and key; equal for equal seeds, profiles and arrivals. */
  journal: string;
}

/** Token-weighted routing quality; `regretTokens` is what the best choice would have saved on top. */
export interface FleetTotals {
  promptTokens: number;
  cachedTokens: number;
  bestCachedTokens: number;
  regretTokens: number;
}

/**
 * Runs a fleet over a list of arrivals in virtual time, as fast as the machine can. Arrivals of the
 * same instant are handed in by key, so the order of the list does not matter.
 */
export function runFleet(arrivals: readonly Arrival[], options: FleetRunOptions): FleetRun {
  const clock = new VirtualClock();
  const { seed = 1, isUnheard = false, choose } = options;
  const journals = options.engines.map(({ id }) => ({ id, journal: new RunJournal() }));
  const engines = options.engines.map(({ id, profile }, index) => {
    const onRequestEnd = journals[index]!.journal.record;
    return new EngineCore({ id, profile, clock, seed, isUnheard, onRequestEnd });
  });
  const samples: FleetSample[] = [];
  for (const arrival of arrivals.toSorted(byTimeThenKey)) {
    clock.at(arrival.atMs, () => {
      const fleet = { nowMs: arrival.atMs, engines };
      const engine = engineCalled(choose(arrival, fleet), engines);
      const bestCachedTokens = bestPrediction(arrival, engines);
      samples.push(submit(arrival, engine, bestCachedTokens));
    });
  }
  clock.runToIdle();
  return { samples, totals: totalsOf(samples), journal: journalText(journals) };
}

/** Fleet-wide best possible hit for the request right now, in tokens. */
export function bestPrediction(request: EngineRequest, engines: readonly EngineCore[]): number {
  return engines.reduce((best, engine) => Math.max(best, predictCachedTokens(engine, request)), 0);
}

/** Tokens of a plain prompt that the engine would not compute if it were scheduled now. */
export function predictCachedTokens(
  { stores, profile }: EngineCore,
  { promptTokens }: EngineRequest,
): number {
  const { blockSize, tier } = profile;
  const chain = new TokenChain(promptTokens, blockSize, chainSeed({ model: 'mock-model' }));
  const last = Math.max(0, chain.length - 1);
  const onDevice = Math.min(stores.device.match(chain), Math.floor(last / blockSize));
  const tierChain = tier && chain.rechained(tier.chunkTokens, chainSeed({ hashSeed: 0 }));
  const inTier = tierChain ? Math.min(stores.tier!.matchTokens(tierChain), last) : 0;
  return Math.max(onDevice * blockSize, inTier);
}

/** Journals of several engines as one text, engines in the order given. */
export function journalText(journals: readonly { id: string; journal: RunJournal }[]): string {
  return journals.map(({ id, journal }) => `# ${id}\n${journal.lines()}`).join('');
}

function submit(arrival: Arrival, engine: EngineCore, bestCachedTokens: number): FleetSample {
  const sample: FleetSample = {
    key: arrival.key,
    atMs: arrival.atMs,
    engineId: engine.id,
    ttftMs: null,
    latencyMs: null,
    queueMs: null,
    promptTokens: arrival.promptTokens.length,
    outputTokens: 0,
    cachedTokens: 0,
    bestCachedTokens,
    refusal: null,
  };
  const answer = engine.submit(arrival, { onFinish: (result) => fill(sample, result) });
  if (!answer.accepted) sample.refusal = answer.code;
  return sample;
}

function fill(sample: FleetSample, result: RequestResult): void {
  sample.ttftMs = result.ttftMs;
  sample.latencyMs = result.e2eMs;
  sample.queueMs = result.queueMs;
  sample.outputTokens = result.outputTokens;
  sample.cachedTokens = result.cachedTokens;
}

function totalsOf(samples: readonly FleetSample[]): FleetTotals {
  const totals = { promptTokens: 0, cachedTokens: 0, bestCachedTokens: 0, regretTokens: 0 };
  for (const sample of samples) {
    totals.promptTokens += sample.promptTokens;
    totals.cachedTokens += sample.cachedTokens;
    totals.bestCachedTokens += sample.bestCachedTokens;
    // A cache may have filled while the request queued; that is no negative regret.
    totals.regretTokens += Math.max(0, sample.bestCachedTokens - sample.cachedTokens);
  }
  return totals;
}

function engineCalled(id: string, engines: readonly EngineCore[]): EngineCore {
  const engine = engines.find((candidate) => candidate.id === id);
  if (!engine) throw new RangeError(`the policy chose "${id}", which is not in the fleet`);
  return engine;
}

function byTimeThenKey(a: Arrival, b: Arrival): number {
  return a.atMs - b.atMs || Number(a.key > b.key) - Number(a.key < b.key);
}
