import { latencyMs } from '../../load/sample.ts';
import type { Answer } from '../../load/send.ts';
import type { MockVerdict } from '../../run/mock-scenario.ts';
import type { StackMember } from '../../stack/options.ts';
import { servedByOf } from '../request/document.ts';
import { membersDocument } from '../shell/member-document.ts';
import type { RunEnd } from './frame.ts';

/** What the sample's run found. */
export interface PlayedMock extends MockVerdict {
  members: readonly StackMember[];
}

/** Everything a finished run has to say. */
export interface RunSummary extends PlayedMock, RunEnd {}

/** `kvcache.run/v1`. */
export function runDocument(summary: RunSummary): object {
  return {
    schema: 'kvcache.run/v1',
    scenario: 'mock',
    outcome: summary.outcome,
    exitCode: summary.exitCode,
    checks: summary.checks,
    responses: summary.answers.map(responseOf),
    stats: summary.stats,
    members: membersDocument(summary.members),
    workDir: summary.isKept ? summary.workDir : null,
    durationMs: Math.round(summary.durationMs),
  };
}

function responseOf({ sample, body }: Answer): object {
  const { status } = sample;
  return { status, body, servedBy: servedByOf(sample), latencyMs: latencyMs(sample) };
}
