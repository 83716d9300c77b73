import type { Clock } from '../base/clock.ts';
import { KvcacheError, messageOf } from '../base/errors.ts';
import { type Finding, settled } from '../base/outcome.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { EngineProfile } from '../target/engine-profile.ts';
import type { EngineTarget, Targets } from '../target/targets.ts';
import type { Trials } from './trials.ts';

/** What a probe may use. */
export interface ProbeContext {
  targets: Targets;
  profiles: readonly EngineProfile[];
  /** Prompts that were really sent, and what became of them; sent once, on first use. */
  trials: () => Promise<Trials>;
  /** The gateway's config file, where one was named. */
  config: GatewayConfig | undefined;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/** One question asked of the deployment. Never throws but for an abort or a bug. */
export interface Probe {
  id: string;
  /** What must be there for the question to make sense. */
  needs: 'anything' | 'engines' | 'controller' | 'gateway' | 'config' | 'kv-events';
  run(context: ProbeContext): Promise<Finding[]> | Finding[];
}

/** An expected failure of a call as a finding; anything else is a bug and is thrown on. */
export function failureOf(
  error: unknown,
  draft: Pick<Finding, 'id' | 'claim' | 'severity' | 'expected'>,
  { access }: Pick<Targets, 'access'>,
): Finding {
  if (!(error instanceof KvcacheError) || error.kind === 'interrupted') throw error;
  const isKeyRefused =
    error.code === 'UNAUTHORIZED' && access.headers['authorization'] !== undefined;
  const evidence = [error.where, ...error.details];
  return settled({
    ...draft,
    outcome: 'error',
    actual: messageOf(error),
    evidence: evidence.some(Boolean) ? evidence : error.code,
    remedy: isKeyRefused
      ? 'The key that was sent is refused: check its value, and that this server takes it.'
      : error.remedy,
  });
}

/** Names an engine in evidence. */
export function engineName({ id, address }: EngineTarget): string {
  return id === address ? id : `${id} (${address})`;
}
