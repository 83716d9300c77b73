import type { Clock } from '../../src/base/clock.ts';
import type { ListenAddress } from '../../src/net/listen.ts';
import { wordTokenizer } from '../kv/tokens.ts';
import { createAdmin } from '../admin/admin.ts';
import { ExplainBook } from '../admin/explain.ts';
import { Journal } from '../admin/journal.ts';
import { FaultBook } from '../faults/fault-book.ts';
import type { FaultRule } from '../faults/fault-rule.ts';
import type { EnginePlan } from '../fleet/engine-plan.ts';
import { type RunningMock, startMock } from '../running-mock.ts';
import type { LatenessGauge } from '../time/lateness.ts';
import { EngineCore } from './core/engine-core.ts';
import { engineAdminRoutes } from './engine-admin.ts';
import { type KvEvents, kvEventSources, openKvEvents } from './kv-events/kv-events.ts';
import { EngineMetrics } from './wire/engine-metrics.ts';
import { createEngineServer } from './wire/engine-server.ts';
import type { EngineWire } from './wire/engine-wire.ts';

export interface StartEngineOptions {
  plan: EnginePlan;
  listen: ListenAddress;
  seed: number;
  faults: readonly FaultRule[];
  clock: Clock;
  lateness: LatenessGauge;
}

/** A listening mock engine and the model behind it. */
export interface RunningEngine extends RunningMock {
  core: EngineCore;
  /** Path or hub id of its model. */
  root: string;
  faults: FaultBook;
}

/**
 * Starts a mock vLLM engine.
 * @throws KvcacheError as `listen` and, when KV events go over ZeroMQ, `ZmqEventPublisher.open` do
 */
export async function startEngine(options: StartEngineOptions): Promise<RunningEngine> {
  const { plan, listen, seed, clock, lateness } = options;
  const { settings } = plan;
  const startedMs = clock.nowMs();
  const { core, explain } = createCore(options);
  const journal = new Journal(settings.id);
  const faults = new FaultBook({ owner: settings.id, seed, clock, journal });
  faults.replace(options.faults);
  const wire: EngineWire = {
    engine: core,
    settings,
    seed,
    tokenizer: wordTokenizer,
    clock,
    metrics: new EngineMetrics(settings.maxModelLen, clock.wallMs() / 1_000),
    journal,
    faults,
    lateness,
    answers: { count: 0 },
    startedMs,
    startedWallMs: clock.wallMs(),
    isDown: false,
    frozenMetrics: undefined,
    kvEventSources: () => kvEventSources(events),
  };
  const events = await openKvEvents(wire, core);
  const server = createEngineServer(
    wire,
    createAdmin(engineAdminRoutes({ wire, core, explain, events })),
  );
  try {
    const mock = await startMock(server, {
      role: 'engine',
      id: settings.id,
      listen,
      metricsPath: '/metrics',
      adminPath: '/__mock',
    });
    return { ...mock, ...withKvEvents(mock, events), core, root: settings.root, faults };
  } catch (error) {
    events?.zmq?.close();
    throw error;
  }
}

/** The members of a running mock that change when it also publishes KV events. */
function withKvEvents(mock: RunningMock, events: KvEvents | undefined): Partial<RunningMock> {
  if (!events) return {};
  return {
    ...(events.zmq && { kvEvents: events.zmq.endpoints }),
    close: async () => {
      // An open SSE answer would hold up the server; ZeroMQ still tells what the last requests do.
      events.sse.close();
      await mock.close();
      events.zmq?.close();
    },
  };
}

/** The model, and what remembers its requests. */
function createCore(options: StartEngineOptions): { core: EngineCore; explain: ExplainBook } {
  const { plan, seed, clock, lateness } = options;
  const explain = new ExplainBook(() => core.stores, clock);
  const core = new EngineCore({
    id: plan.settings.id,
    profile: plan.profile,
    clock,
    seed,
    model: plan.settings.model,
    tierHashSeed: plan.hashSeed,
    onRequestEnd: (sequence, { e2eMs, finishedMs }) => {
      explain.remember(sequence);
      // Steps made up for after a stall are in time by their own timers; the answer they end is not.
      if (e2eMs > 0) lateness.record(clock.nowMs() - finishedMs);
    },
  });
  return { core, explain };
}
