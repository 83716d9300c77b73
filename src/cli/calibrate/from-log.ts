import { resolve } from 'node:path';
import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import { alternatives } from '../../base/alternatives.ts';
import { textOf } from '../../base/json.ts';
import { calibrateError } from '../../calibrate/errors.ts';
import { readSamples } from '../../load/read-samples.ts';
import type { Sample } from '../../load/sample.ts';
import type { CliContext } from '../shell/context.ts';
import type { CalibrateFlags } from './flags.ts';
import type { Taken } from './taken.ts';

/**
 * What a sample log says of one engine.
 * @throws KvcacheError SAMPLES_INVALID, SAMPLES_MIXED, SAMPLES_FOREIGN, FILE_UNREADABLE (kind usage)
 */
export async function takeFromLog(
  file: string,
  { servedBy }: CalibrateFlags,
  { base, context }: { base: EngineProfile; context: CliContext },
): Promise<Taken> {
  const all: Sample[] = [];
  let head: Record<string, unknown> = {};
  for await (const sample of readSamples(resolve(context.cwd, file), (record) => {
    if (all.length === 0 && Object.keys(head).length === 0) head = record;
  })) {
    all.push(sample);
  }
  const samples = ofOne(all, servedBy, file).map((it, id) => ({ ...it, id }));
  return {
    samples,
    base,
    company: undefined,
    source: servedBy === undefined ? file : `${servedBy} in ${file}`,
    engine: textOf(head['engine']),
    model: textOf(head['model']),
    requests: samples.length,
    notes: unusedNotes(samples),
  };
}

/** Of requests that failed nobody may know who had them. */
function ofOne(all: readonly Sample[], wanted: string | undefined, file: string): Sample[] {
  const engines = [...new Set(all.flatMap((it) => it.servedBy ?? []))].toSorted();
  if (wanted === undefined && engines.length > 1) {
    throw calibrateError('SAMPLES_MIXED', {
      where: file,
      remedy: `Name one of them with --served-by: ${alternatives(engines)}.`,
    });
  }
  if (wanted === undefined) return [...all];
  const own = all.filter(({ servedBy }) => servedBy === wanted);
  if (own.length > 0) return own;
  throw calibrateError('SAMPLES_FOREIGN', {
    where: file,
    remedy:
      engines.length === 0
        ? 'None says who served it: leave --served-by out if they are all of one engine.'
        : `Name ${alternatives(engines)}.`,
  });
}

function unusedNotes(samples: readonly Sample[]): string[] {
  const unstreamed = samples.filter((it) => it.firstTokenMs === undefined).length;
  const untold = samples.filter((it) => it.cachedTokens === undefined).length;
  return [
    ...(unstreamed === 0
      ? []
      : [
          `${unstreamed} requests were not streamed or failed: they tell nothing but when the engine was busy.`,
        ]),
    ...(untold === 0
      ? []
      : [
          `${untold} requests do not say how many tokens were cached: their first tokens are not used.`,
        ]),
  ];
}
