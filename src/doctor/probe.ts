import type { Clock } from '../base/clock.ts';
import { KvcacheError, messageOf } from '../base/errors.ts';
import type { Finding } from '../base/outcome.ts';
import type { EngineTarget, Targets } from '../target/targets.ts';
import type { SentPrompt } from './sent-prompt.ts';

/** What a probe may use. */
export interface ProbeContext {
  targets: Targets;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** A prompt that was really sent to one engine, and what became of it; sent once, on first use. */
  sentPrompt: () => Promise<SentPrompt>;
}

/** One question asked of the deployment. Never throws but for an abort or a bug. */
export interface Probe {
  id: string;
  run(context: ProbeContext): Promise<Finding[]>;
}

export type Draft = Omit<Finding, 'id' | 'outcome' | 'remedy'>;

export function passed(id: string, draft: Draft): Finding {
  return { ...draft, id, outcome: 'pass', remedy: '' };
}

export function notPassed(
  id: string,
  outcome: Exclude<Finding['outcome'], 'pass'>,
  draft: Draft & { remedy: string },
): Finding {
  return { ...draft, id, outcome };
}

/** An expected failure of a call as a finding; anything else is a bug and is thrown on. */
export function failureOf(
  error: unknown,
  draft: Omit<Draft, 'actual' | 'evidence'> & { id: string },
): Finding {
  if (!(error instanceof KvcacheError) || error.kind === 'interrupted') throw error;
  return {
    ...draft,
    outcome: 'error',
    actual: messageOf(error),
    evidence: [error.where, ...error.details].filter(Boolean).join(' · ') || error.code,
    remedy: error.remedy,
  };
}

/** Names an engine in evidence. */
export function engineName({ id, address }: EngineTarget): string {
  return id === address ? id : `${id} (${address})`;
}
