import type { SamplesEvent } from '../../src/ui/sample-tally.ts';
import { initialView, type ProgressEvent, reduce, type View } from '../../src/ui/view-state.ts';
import { VERIFY_PHASES } from '../../src/verify/experiment/events.ts';
import type { ArmId } from '../../src/verify/result/result-arms.ts';

export function samples(some: Partial<SamplesEvent>): SamplesEvent {
  return {
    type: 'samples',
    servedBy: {},
    ttftMsP50: undefined,
    latencyMsP50: undefined,
    promptTokens: 0,
    cachedTokens: 0,
    ...some,
  };
}

export function measured(
  arm: ArmId,
  some: Partial<Extract<ProgressEvent, { type: 'request' }>>,
): ProgressEvent {
  return {
    type: 'request',
    arm,
    servedBy: 'engine-a',
    ttftMs: 20,
    promptTokens: 1_000,
    cachedTokens: 900,
    isError: false,
    ...some,
  };
}

export const CLOCK_SKEW = {
  id: 'clock-skew',
  claim: 'The clocks of engines and controller agree.',
  outcome: 'fail',
  expected: 'within 2 s',
  actual: 'engine-b is 3.1 s ahead',
  evidence: 'Date header of GET /health',
  remedy: 'Run an NTP client on every host.',
  severity: 'degrading',
} as const;

/** A verification a quarter through its experiment. */
export function verification(): View {
  const events: ProgressEvent[] = [
    { type: 'phase', phase: 'preflight' },
    { type: 'finding', finding: { ...CLOCK_SKEW, id: 'tokenize', outcome: 'pass' } },
    { type: 'finding', finding: CLOCK_SKEW },
    { type: 'phase', phase: 'experiment' },
    measured('B', { servedBy: 'engine-b', ttftMs: 60, cachedTokens: 0 }),
    measured('C', {}),
    measured('C', { ttftMs: 22 }),
    { type: 'block', arm: 'C', done: 3, total: 12, remainingMs: 9_000 },
  ];
  const view = initialView({ title: 'verify', phases: VERIFY_PHASES }, 0);
  return events.reduce((before, event) => reduce(before, event, 3_000), view);
}
