import { hash32 } from '../../../src/base/random.ts';
import type { Clock } from '../../../src/base/clock.ts';
import type { Tokenizer } from '../../kv/tokens.ts';
import type { Journal } from '../../admin/journal.ts';
import { hexPair } from '../../http/exchange.ts';
import type { FaultBook } from '../../faults/fault-book.ts';
import type { LatenessGauge } from '../../time/lateness.ts';
import type { EngineCore } from '../core/engine-core.ts';
import type { EngineMetrics } from './engine-metrics.ts';
import type { EngineSettings } from './settings.ts';

/** Everything the routes of one mock engine share. */
export interface EngineWire {
  engine: EngineCore;
  settings: EngineSettings;
  seed: number;
  tokenizer: Tokenizer;
  clock: Clock;
  metrics: EngineMetrics;
  journal: Journal;
  faults: FaultBook;
  lateness: LatenessGauge;
  /** Ids given so far. */
  answers: { count: number };
  /** `clock.nowMs()` and `clock.wallMs()` when the mock started. */
  startedMs: number;
  startedWallMs: number;
  /** After a crash, until the restart: connections are reset. */
  isDown: boolean;
  /** By data-parallel rank, vLLM's `KVEventsConfig` of what publishes over ZeroMQ. */
  kvEventSources: () => Readonly<Record<string, object>>;
  /** What `/metrics` keeps saying under the fault `metrics`. */
  frozenMetrics: { page: string; untilMs: number } | undefined;
}

/** 16 hexadecimal digits that no other answer of this engine has, and none of an engine of another name. */
export function uniqueId({ settings, answers }: EngineWire, key: string): string {
  return hexPair(hash32(key, hash32(settings.id)), answers.count++);
}
