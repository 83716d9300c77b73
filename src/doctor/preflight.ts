import { type Outcome, worstOutcome } from '../base/outcome.ts';
import type { Finding } from '../base/outcome.ts';
import { addressesProbe } from './checks/addresses.ts';
import { cachedTokensProbe } from './checks/cached-tokens.ts';
import { clockSkewProbe } from './checks/clock-skew.ts';
import { controllerProbe } from './checks/controller.ts';
import { engineMetricsProbe } from './checks/engine-metrics.ts';
import { evictProbe } from './checks/evict.ts';
import { modelsProbe } from './checks/models.ts';
import type { Probe, ProbeContext } from './probe.ts';
import { type SentPrompt, sendPrompt } from './sent-prompt.ts';
import { tokenizeProbe } from './checks/tokenize.ts';
import { workersProbe } from './checks/workers.ts';

/** In the order a person would ask. The first that finds an engine unreachable ends the row. */
const PROBES: readonly Probe[] = [
  modelsProbe,
  addressesProbe,
  clockSkewProbe,
  engineMetricsProbe,
  tokenizeProbe,
  cachedTokensProbe,
  controllerProbe,
  workersProbe,
  evictProbe,
];

export interface PreflightOptions extends Omit<ProbeContext, 'sentPrompt'> {
  /** Makes the probe prompt new; equal nonces send equal prompts. */
  nonce: string;
  onFinding?: (finding: Finding) => void;
}

/** Asks everything that can invalidate a run before it starts. */
export async function preflight(options: PreflightOptions): Promise<Finding[]> {
  let sent: Promise<SentPrompt> | undefined;
  const context: ProbeContext = {
    ...options,
    sentPrompt: () => (sent ??= sendPrompt(options)),
  };
  const all: Finding[] = [];
  for (const probe of PROBES) {
    const found = await probe.run(context);
    for (const finding of found) options.onFinding?.(finding);
    all.push(...found);
    if (found.some(isStopping)) break;
  }
  return all;
}

/** Nothing below can work: an engine that does not answer, or refuses us. */
function isStopping(finding: Finding): boolean {
  return finding.severity === 'blocking' && finding.outcome === 'error';
}

/** Hints do not count. */
export function outcomeOfFindings(all: readonly Finding[]): Outcome {
  const counted = all.filter((it) => it.severity !== 'hint').map((it) => it.outcome);
  return counted.length === 0 ? 'pass' : worstOutcome(counted);
}
