import type { Clock } from '../base/clock.ts';
import { type Finding, type Outcome, worstOutcome } from '../base/outcome.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { engineProfiles } from '../target/engine-profile.ts';
import type { Targets } from '../target/targets.ts';
import { addressesProbe } from './checks/addresses.ts';
import { balancedProbe } from './checks/balanced.ts';
import { cachedTokensProbe } from './checks/cached-tokens.ts';
import { clockSkewProbe } from './checks/clock-skew.ts';
import { configIdsProbe } from './checks/config-ids.ts';
import { controllerProbe } from './checks/controller.ts';
import { engineKindProbe } from './checks/engine-kind.ts';
import { engineMetricsProbe } from './checks/engine-metrics.ts';
import { equalEnginesProbe } from './checks/equal-engines.ts';
import { evictProbe } from './checks/evict.ts';
import { gatewayProbe } from './checks/gateway.ts';
import { kvEventsProbe } from './checks/kv-events.ts';
import { modelsProbe } from './checks/models.ts';
import { ranksProbe } from './checks/ranks.ts';
import { tokenizeProbe } from './checks/tokenize.ts';
import { workersProbe } from './checks/workers.ts';
import type { Probe, ProbeContext } from './probe.ts';
import { runTrials, type Trials } from './trials.ts';

/** In the order a person would ask. The first that finds a server unreachable ends the row. */
export const PROBES: readonly Probe[] = [
  modelsProbe,
  engineKindProbe,
  equalEnginesProbe,
  clockSkewProbe,
  engineMetricsProbe,
  tokenizeProbe,
  balancedProbe,
  cachedTokensProbe,
  ranksProbe,
  kvEventsProbe,
  addressesProbe,
  gatewayProbe,
  controllerProbe,
  workersProbe,
  evictProbe,
  configIdsProbe,
];

export interface Examination {
  /** With the model resolved. */
  targets: Targets;
  /** Of the gateway that is to be used, where its file is known. */
  config?: GatewayConfig | undefined;
  clock: Clock;
  /** Makes the probe prompts new; equal nonces send equal prompts. */
  nonce: string;
  signal?: AbortSignal | undefined;
  onFinding?: (finding: Finding) => void;
}

/** Every precondition of cache-aware routing that can be asked of what was given. */
export async function examine(examination: Examination): Promise<Finding[]> {
  const { signal, config, clock } = examination;
  const targets = withSources(examination);
  const profiles = await engineProfiles(targets, signal);
  let trials: Promise<Trials> | undefined;
  const context: ProbeContext = {
    targets,
    profiles,
    config,
    clock,
    signal,
    trials: () => (trials ??= runTrials({ ...examination, targets, profiles })),
  };
  const all: Finding[] = [];
  for (const probe of PROBES.filter((it) => canAsk(it, context))) {
    const found = await probe.run(context);
    for (const finding of found) examination.onFinding?.(finding);
    all.push(...found);
    if (found.some(isStopping)) break;
  }
  return all;
}

/** A gateway's config says where its engines publish, where nobody else did. */
function withSources({ targets, config }: Examination): Targets {
  if (targets.kvEvents.length > 0 || !config) return targets;
  const isOurs = (id: string): boolean => targets.engines.some((engine) => engine.id === id);
  const { sources } = config.extension.kvEvents;
  return { ...targets, kvEvents: sources.filter(({ endpointId }) => isOurs(endpointId)) };
}

function canAsk({ needs }: Probe, { targets, config }: ProbeContext): boolean {
  switch (needs) {
    case 'anything':
      return true;
    case 'engines':
      return targets.engines.length > 0;
    case 'kv-events':
      return targets.kvEvents.length > 0;
    case 'gateway':
      return targets.gatewayUrl !== null;
    case 'controller':
      return targets.controllerUrl !== null;
    case 'config':
      return config !== undefined;
  }
}

/** Nothing below can work: a server that does not answer, or refuses us. */
function isStopping(finding: Finding): boolean {
  return finding.severity === 'blocking' && finding.outcome === 'error';
}

/** Hints do not count. */
export function outcomeOfFindings(all: readonly Finding[]): Outcome {
  const counted = all.filter((it) => it.severity !== 'hint').map((it) => it.outcome);
  return counted.length === 0 ? 'pass' : worstOutcome(counted);
}
