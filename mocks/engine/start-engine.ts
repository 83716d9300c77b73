import type { Clock } from '../../src/base/clock.ts';
import type { ListenAddress } from '../../src/net/listen.ts';
import { wordTokenizer } from '../../src/kv/tokens.ts';
import { createAdmin } from '../admin/admin.ts';
import { ExplainBook } from '../admin/explain.ts';
import { Journal } from '../admin/journal.ts';
import { FaultBook } from '../faults/fault-book.ts';
import type { FaultRule } from '../faults/fault-rule.ts';
import type { EnginePlan } from '../fleet/fleet-plan.ts';
import { type RunningMock, startMock } from '../running-mock.ts';
import type { LatenessGauge } from '../time/lateness.ts';
import { EngineCore } from './core/engine-core.ts';
import { engineAdminRoutes } from './engine-admin.ts';
import { KvEventStream } from './kv-events.ts';
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
  faults: FaultBook;
}

/**
 * Starts a mock vLLM engine.
 * @throws KvcacheError as `listen` does
 */
export async function startEngine(options: StartEngineOptions): Promise<RunningEngine> {
  const { plan, listen, seed, clock, lateness } = options;
  const { settings } = plan;
  const startedMs = clock.nowMs();
  const explain = new ExplainBook(() => core.stores);
  const core = new EngineCore({
    id: settings.id,
    profile: plan.profile,
    clock,
    seed,
    model: settings.model,
    tierHashSeed: plan.hashSeed,
    onRequestEnd: explain.remember,
  });
  const journal = new Journal(settings.id);
  const faults = new FaultBook({ owner: settings.id, seed, clock, journal });
  faults.replace(options.faults);
  const wire: EngineWire = {
    engine: core,
    settings,
    seed,
    tokenizer: wordTokenizer,
    clock,
    metrics: new EngineMetrics(),
    journal,
    faults,
    lateness,
    answers: { count: 0 },
    startedMs,
    startedWallMs: clock.wallMs(),
    isDown: false,
    frozenMetrics: undefined,
  };
  const events = kvEvents(wire, core);
  const server = createEngineServer(
    wire,
    createAdmin(engineAdminRoutes({ wire, core, explain, events })),
  );
  const mock = await startMock(server, {
    role: 'engine',
    id: settings.id,
    listen,
    metricsPath: '/metrics',
    adminPath: '/__mock',
  });
  return {
    ...mock,
    core,
    faults,
    close: () => {
      events?.close();
      return mock.close();
    },
  };
}

function kvEvents(wire: EngineWire, core: EngineCore): KvEventStream | undefined {
  if (!wire.settings.hasKvEvents) return undefined;
  const { faults, seed, clock } = wire;
  const events = new KvEventStream({ faults, seed, wallMs: () => clock.wallMs() });
  core.onCacheEvent(events.publish);
  return events;
}
