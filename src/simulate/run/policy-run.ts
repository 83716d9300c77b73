import { setImmediate } from 'node:timers/promises';
import { mixSeed } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { RoutingConfig } from '../../config/gateway-config.ts';
import { Backlog } from '../fleet/backlog.ts';
import type { FleetEvent } from '../fleet/fleet-events.ts';
import type { FleetSpec } from '../fleet/fleet-spec.ts';
import type { HashedPrompt, PromptStanding } from '../fleet/knowledge.ts';
import { CalibrationGuard } from '../fleet/calibration-guard.ts';
import { SimulatedFleet } from '../fleet/simulated-fleet.ts';
import { EventViews } from '../routing/event-views.ts';
import { type Placement, SimulatedGateway } from '../routing/simulated-gateway.ts';
import type { SimulatedPolicy } from '../routing/simulated-policy.ts';
import type { SimulatedRequest, SimulatedWorkload } from '../workload/simulated-request.ts';
import type { ControllerCore } from '../../../mocks/controller/core/controller-core.ts';
import type { Layout } from '../../protocol/lmcache.ts';
import { Agenda } from './agenda.ts';
import type { SimulatedSample } from './simulated-sample.ts';

/** What is simulated beside the policy. */
export interface Scene {
  fleet: FleetSpec;
  workload: SimulatedWorkload;
  routing: RoutingConfig;
  /** Requests are dealt out to them in turn; they share nothing. */
  gateways: number;
  events: readonly FleetEvent[];
  /** Of KV events: how late each takes effect, and the share that never does. */
  eventLagMs: number;
  eventLoss: number;
  /** Default: one that refuses to leave what profiles were calibrated on. */
  guard?: CalibrationGuard;
}

export interface RunOptions {
  policy: SimulatedPolicy;
  seed: number;
  /** Ends the run between two requests. */
  signal: AbortSignal;
  onSample: (sample: SimulatedSample) => void;
}

/** Requests between two looks at the signal and the screen. */
const BREATH = 64;

/** One fleet under one policy, from the first request to the last answer, in virtual time. */
export class PolicyRun {
  readonly #scene: Scene;
  readonly #options: RunOptions;
  readonly #clock = new VirtualClock();
  readonly #agenda: Agenda;
  readonly #guard: CalibrationGuard;
  readonly #fleet: SimulatedFleet;
  readonly #backlog: Backlog;
  /** Engines that take no requests. */
  readonly #closed = new Set<number>();
  readonly #views: EventViews | undefined;
  readonly #gateways: readonly SimulatedGateway[];
  #taken = 0;
  #tokens: Uint32Array = new Uint32Array(0);
  #prompt: HashedPrompt = { promptTokens: 0, lists: [], chains: [] };
  #standing: PromptStanding = { seenTokens: 0, storedTokens: 0, heldTokens: new Uint32Array(0) };

  constructor(scene: Scene, options: RunOptions) {
    const { policy, seed } = options;
    this.#scene = scene;
    this.#options = options;
    this.#agenda = new Agenda(scene.workload);
    this.#guard = scene.guard ?? new CalibrationGuard(false);
    this.#views = this.#viewsOf(scene, options);
    this.#fleet = new SimulatedFleet(scene.fleet, {
      clock: this.#clock,
      seed,
      hasController: policy.asks.includes('controller'),
      onChange: this.#views && ((change) => this.#views!.apply(change)),
    });
    this.#backlog = new Backlog(scene.fleet);
    this.#gateways = Array.from({ length: scene.gateways }, (_, number) => this.#gateway(number));
    this.#schedule(scene.events);
  }

  /** Resolves when all is answered or the signal is aborted. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    const clock = this.#clock;
    for (;;) {
      const dueMs = this.#agenda.nextMs;
      const timerMs = clock.nextDueMs();
      if (dueMs !== undefined && (timerMs === undefined || dueMs < timerMs)) {
        clock.advanceTo(dueMs);
        const request = this.#agenda.take();
        if (request) await this.#serve(request);
        if (this.#taken % BREATH === 0) await setImmediate();
        if (signal.aborted) return;
      } else if (timerMs === undefined) return;
      else clock.advanceTo(timerMs);
    }
  }

  async #serve(request: SimulatedRequest): Promise<void> {
    const tokens = request.tokens();
    this.#tokens = tokens;
    const gateway = this.#gateways[this.#taken++ % this.#gateways.length]!;
    this.#prompt = this.#fleet.hashed(tokens);
    this.#standing = this.#fleet.knowledge.standingOf(this.#prompt, true);
    const placement = await gateway.place({ tokens, session: request.session });
    const sample = this.#sampleOf(request, tokens, placement);
    if (placement.engine === undefined) this.#fail(request, sample, 'no engine');
    else this.#submit({ request, tokens, sample, gateway, engine: placement.engine });
  }

  #submit(sent: {
    request: SimulatedRequest;
    tokens: Uint32Array;
    sample: SimulatedSample;
    gateway: SimulatedGateway;
    engine: number;
  }): void {
    const { request, tokens, sample, gateway, engine } = sent;
    const { outputTokens } = request;
    const core = this.#fleet.engines[engine]!;
    this.#guard.onRequest(core.profile, tokens.length, tokens.length + (outputTokens ?? 0));
    const begun = this.#backlog.add(engine, tokens.length, sample.heldTokens);
    const answer = core.submit(
      {
        key: request.key,
        promptTokens: tokens,
        hashed: this.#prompt.chains,
        maxTokens: outputTokens ?? this.#scene.workload.maxTokens,
        ignoreEos: outputTokens !== undefined,
      },
      {
        onScheduled: () => this.#guard.onBatch(core.profile, core.counters.running + 1),
        onTokens: begun,
        onFinish: (result) => {
          begun();
          gateway.settled(engine);
          sample.cachedTokens = result.cachedTokens;
          // What came while it waited could be reused, too.
          sample.seenTokens = Math.max(sample.seenTokens, result.cachedTokens);
          sample.outputTokens = result.outputTokens;
          if (result.finishReason === 'abort') return this.#fail(request, sample, 'engine failed');
          sample.queueMs = result.queueMs;
          sample.ttftMs = result.ttftMs;
          sample.latencyMs = result.e2eMs;
          sample.decodeMs = result.decodeMs;
          this.#end(request, sample);
        },
      },
    );
    if (answer.accepted) return;
    begun();
    gateway.settled(engine);
    this.#fail(request, sample, answer.code);
  }

  #fail(request: SimulatedRequest, sample: SimulatedSample, failure: string): void {
    sample.failure = failure;
    this.#end(request, sample);
  }

  #end(request: SimulatedRequest, sample: SimulatedSample): void {
    this.#options.onSample(sample);
    this.#agenda.ended(request, this.#clock.nowMs());
  }

  #sampleOf(
    request: SimulatedRequest,
    tokens: Uint32Array,
    { engine, decision }: Placement,
  ): SimulatedSample {
    const { seenTokens, storedTokens, heldTokens } = this.#standing;
    return {
      key: request.key,
      atMs: this.#clock.nowMs(),
      engine: engine ?? null,
      reason: decision.reason,
      promptTokens: tokens.length,
      predictedTokens: decision.predictedCachedTokens ?? null,
      seenTokens,
      storedTokens,
      bestTokens: heldTokens.reduce(
        (most, held, at) => (held > most && !this.#closed.has(at) ? held : most),
        0,
      ),
      heldTokens: engine === undefined ? 0 : heldTokens[engine]!,
      cachedTokens: 0,
      outputTokens: 0,
      queueMs: null,
      ttftMs: null,
      latencyMs: null,
      decodeMs: null,
      failure: null,
    };
  }

  /** Undefined where the gateways see what is. */
  #viewsOf({ fleet, gateways, eventLagMs, eventLoss }: Scene, { policy, seed }: RunOptions) {
    if (!policy.asks.includes('engines') || (eventLagMs === 0 && eventLoss === 0)) return undefined;
    return new EventViews({
      engines: fleet.engines.length,
      gateways,
      lagMs: eventLagMs,
      loss: eventLoss,
      seed,
      nowMs: () => this.#clock.nowMs(),
    });
  }

  #gateway(number: number): SimulatedGateway {
    const { fleet, routing } = this.#scene;
    const { policy, seed } = this.#options;
    const ids = fleet.engines.map(({ id }) => id);
    return new SimulatedGateway({
      engineIds: ids,
      model: fleet.model,
      routing,
      policy,
      seed: mixSeed(seed, 'gateway', number),
      nowMs: () => this.#clock.nowMs(),
      whereabouts: {
        truth: () => this.#standing,
        firstTokenMs: () =>
          this.#backlog.firstTokenMs(this.#tokens.length, this.#standing.heldTokens),
        controller: () => layoutOf(this.#fleet.controller!.lookup(this.#tokens)),
        events: () => this.#views?.standingOf(number, this.#prompt) ?? this.#standing,
        idOf: (engine) => ids[engine]!,
      },
    });
  }

  #schedule(events: readonly FleetEvent[]): void {
    const ids = this.#scene.fleet.engines.map(({ id }) => id);
    const later = new Set<string>();
    for (const { atMs, action, engineId } of events.toReversed()) {
      if (action === 'add') later.add(engineId);
      this.#clock.at(atMs, () => this.#happen(action, ids.indexOf(engineId)));
    }
    for (const id of later) this.#setAvailable(ids.indexOf(id), false);
  }

  #happen(action: FleetEvent['action'], engine: number): void {
    const core = this.#fleet.engines[engine]!;
    const isThere = action === 'add' || action === 'recover';
    this.#setAvailable(engine, isThere);
    if (action === 'fail') core.crash(false);
    if (action === 'recover') core.restart();
  }

  #setAvailable(engine: number, isAvailable: boolean): void {
    if (isAvailable) this.#closed.delete(engine);
    else this.#closed.add(engine);
    for (const gateway of this.#gateways) gateway.setAvailable(engine, isAvailable);
  }
}

function layoutOf(answer: ReturnType<ControllerCore['lookup']>): Layout {
  const holdings = Array.from(answer, ([instanceId, { location, tokens }]) => ({
    instanceId,
    location,
    matchedTokens: tokens,
  }));
  return { shape: 'array', holdings };
}
