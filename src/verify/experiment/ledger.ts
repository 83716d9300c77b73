import type { AuditFinding } from '../../load/audit.ts';
import type { KvcacheError } from '../../base/errors.ts';
import type { Finding } from '../../base/outcome.ts';
import type { KvCapacity } from '../../target/engine-profile.ts';
import type { MeasuredSample } from '../evidence/measured.ts';
import type { BlockCount } from '../evidence/block-count.ts';
import { UNTESTED } from '../evidence/trust.ts';
import type { Dose } from '../judge/dose-response.ts';
import type { RoutingEvidence, Trust } from '../result/result-evidence.ts';
import type { ControlEvidence, Cost } from '../result/result.ts';
import type { RoundCost } from './budget.ts';
import type { RoutingOff } from './run-block.ts';

/** Lengths of the run's prompts, in the deployment's tokens. */
export interface PromptSizes {
  promptTokens: number;
  sharedTokens: number;
  /** Of those, what the engines can reuse. */
  reusableTokens: number;
  /** What all prompts share: the chat template. */
  floorTokens: number;
}

/**
 * What a run has found out so far. Each step writes here as soon as it knows, so that a run that is
 * stopped can still tell. Plain JSON but for `failure`.
 */
export interface Ledger {
  model: string | null;
  controllerDialect: string | null;
  engineVersions: Record<string, string | null>;
  /** What serves there, as people call it: `vLLM`. */
  engineKinds: Record<string, string>;
  gateway: { url: string; metricsUrl: string | null; logPath: string | null } | null;
  findings: Finding[];
  sizes: PromptSizes | null;
  routing: RoutingEvidence | null;
  trust: Trust;
  controls: ControlEvidence | null;
  doses: Dose[];
  samples: MeasuredSample[];
  counts: BlockCount[];
  capacity: KvCapacity;
  routingOff: RoutingOff;
  audit: AuditFinding[];
  planned: Cost['planned'];
  spent: RoundCost;
  /** Why it ended before its plan was done. */
  stopReason: string | null;
  /** The expected failure that ended it; interrupts are no failure. */
  failure: KvcacheError | null;
}

export function newLedger(): Ledger {
  const nothing = { requests: 0, promptTokens: 0, outputTokens: 0 };
  return {
    model: null,
    controllerDialect: null,
    engineVersions: {},
    engineKinds: {},
    gateway: null,
    findings: [],
    sizes: null,
    routing: null,
    trust: UNTESTED,
    controls: null,
    doses: [],
    samples: [],
    counts: [],
    capacity: { blockTokens: 16, tokens: null },
    routingOff: 'direct',
    audit: [],
    planned: { ...nothing, durationMs: 0, couldShow: null },
    spent: { ...nothing },
    stopReason: null,
    failure: null,
  };
}
