import type { KvcacheError } from '../../base/errors.ts';
import type { RoundCost } from './budget.ts';
import type { Dose } from '../judge/dose-response.ts';
import type { BlockCount } from '../evidence/foreign-traffic.ts';
import type { KvCapacity } from '../../target/engine-profile.ts';
import type { Observation } from '../evidence/observation.ts';
import type { AuditItem } from '../result/result-evidence.ts';
import type { Finding } from '../../base/outcome.ts';
import type { ControlEvidence, WiringEvidence } from '../result/result.ts';

/**
 * What a run has found out so far. Each step writes here as soon as it knows, so that a run that is
 * stopped can still tell.
 */
export interface Ledger {
  model: string | null;
  controllerDialect: string | null;
  engineVersions: Record<string, string | null>;
  /** `Server` header of its answers. */
  gatewayVersion: string | null;
  gateway: { url: string; metricsUrl: string | null; logPath: string | null } | null;
  findings: Finding[];
  wiring: WiringEvidence | null;
  controls: ControlEvidence | null;
  doses: Dose[];
  observations: Observation[];
  counts: BlockCount[];
  /** Tokens that all prompts share. */
  floorTokens: number;
  capacity: KvCapacity;
  routingOff: 'policy-header' | 'direct';
  audit: AuditItem[];
  planned: RoundCost & { durationMs: number };
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
    gatewayVersion: null,
    gateway: null,
    findings: [],
    wiring: null,
    controls: null,
    doses: [],
    observations: [],
    counts: [],
    floorTokens: 0,
    capacity: { blockTokens: 16, tokens: null },
    routingOff: 'direct',
    audit: [],
    planned: { ...nothing, durationMs: 0 },
    spent: { ...nothing },
    stopReason: null,
    failure: null,
  };
}

export function addCost(total: RoundCost, more: RoundCost): void {
  total.requests += more.requests;
  total.promptTokens += more.promptTokens;
  total.outputTokens += more.outputTokens;
}
