import type { CapacityCurve, CapacityFigures, CapacityStep } from '../capacity/result.ts';
import { readSamples } from '../load/read-samples.ts';
import { SAMPLES_END_SCHEMA, SAMPLES_NOTE_SCHEMA } from '../load/sample-log.ts';
import { type CapacityEnd, type CapacityHead, capacityReport } from './build-capacity.ts';
import { KILLED } from './killed.ts';
import type { CapacityReport } from './model.ts';

/** The log of a search; a killed one has the steps that it came to, and no limit. */
export async function rebuildCapacity(path: string): Promise<CapacityReport> {
  let head: (CapacityHead & { asked: CapacityAsked }) | undefined;
  let end: CapacityEnd | undefined;
  const curves = new Map<string, CapacityCurve>();
  const samples = readSamples(path, ({ schema, ...rest }) => {
    if (schema === SAMPLES_END_SCHEMA) end = rest as unknown as CapacityEnd;
    else if (schema === SAMPLES_NOTE_SCHEMA) keepStep(curves, rest as unknown as StepNote);
    else head = rest as unknown as typeof head;
  });
  // A line that cannot be read is said, as of every log.
  for await (const _ of samples);
  const { asked, ...known } = head!;
  return capacityReport(known, end ?? killedEnd(asked, [...curves.values()]));
}

/** What stands in the log's first line of what the result repeats. */
export type CapacityAsked = Omit<CapacityFigures, 'objectives' | 'curves' | 'gain'>;

interface StepNote {
  arm: string;
  step: CapacityStep;
}

function keepStep(curves: Map<string, CapacityCurve>, { arm, step }: StepNote): void {
  const curve = curves.get(arm);
  if (curve) curve.steps.push(step);
  else {
    curves.set(arm, { arm, end: 'stopped', reasons: [], held: null, failed: null, steps: [step] });
  }
}

function killedEnd(asked: CapacityAsked, curves: CapacityCurve[]): CapacityEnd {
  const result = { ...asked, objectives: [], curves, gain: null };
  return { ...KILLED, durationMs: null, result };
}
