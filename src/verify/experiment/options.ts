import type { Clock } from '../../base/clock.ts';
import type { GatewayTarget } from '../../target/deployment.ts';
import type { VerifyEvent } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { MeasuredSample } from '../evidence/measured.ts';
import type { ExperimentPlan } from './plan.ts';
import type { Finding } from '../../base/outcome.ts';
import type { SettingSource } from '../../target/setting-reader.ts';
import type { Artefacts, GatewayMode } from '../result/result.ts';
import type { Targets } from '../../target/targets.ts';

/** A gateway that is up, started by somebody else. */
export interface RunningGateway extends GatewayTarget {
  mode: GatewayMode;
  logPath: string | null;
}

export interface VerifyOptions {
  targets: Targets;
  plan: ExperimentPlan;
  /** Called after a successful preflight, with the model resolved. */
  startGateway: (model: string) => Promise<RunningGateway>;
  gatewayMode: GatewayMode;
  /** Routing policy of the embedded gateway; null for any other. */
  policy: string | null;
  /** A second gateway with routing off, for arm B; null without one. */
  baselineGatewayUrl: string | null;
  /** How the gateway learns, where the user knows better than the probe. */
  learns: 'auto' | 'index' | 'memory';
  /** Findings made before, such as those of the config's linter. */
  findings: readonly Finding[];
  settings: readonly SettingSource[];
  artefacts: Artefacts;
  /** `process.versions.node`. */
  nodeVersion: string;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** When the time budget is spent, on the clock; the run itself sets it. */
  deadlineMs?: number;
  onEvent?: (event: VerifyEvent) => void;
  /** Takes every measured request as soon as it is answered. */
  record?: (sample: MeasuredSample) => void;
  /** Takes what the run has found out so far, after every step, every block and at the end. */
  journal?: (ledger: Ledger, progress: Progress) => void;
}

/** How far a run has come. */
export interface Progress {
  /** ISO 8601. */
  startedAt: string;
  durationMs: number;
  isDone: boolean;
}
