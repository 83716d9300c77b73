import type { Clock } from '../base/clock.ts';
import type { Outcome } from '../base/outcome.ts';
import { outcomeOfFindings, preflight } from './preflight.ts';
import { withModel } from '../target/resolve-model.ts';
import type { Finding } from '../base/outcome.ts';
import type { Targets } from '../target/targets.ts';

export interface DoctorOptions {
  targets: Targets;
  /** Findings of the config's linter. */
  findings: readonly Finding[];
  /** Makes the probe prompt new. */
  nonce: string;
  clock: Clock;
  signal?: AbortSignal | undefined;
  onFinding?: (finding: Finding) => void;
}

export interface DoctorResult {
  outcome: Outcome;
  model: string;
  findings: Finding[];
}

/** Every precondition of cache-aware routing, asked of a deployment. */
export async function examine(options: DoctorOptions): Promise<DoctorResult> {
  const targets = await withModel(options.targets, options.signal);
  for (const finding of options.findings) options.onFinding?.(finding);
  const found = await preflight({ ...options, targets });
  const findings = [...options.findings, ...found];
  return { outcome: outcomeOfFindings(findings), model: targets.model, findings };
}
