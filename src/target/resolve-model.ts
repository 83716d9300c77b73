import { KvcacheError } from '../base/errors.ts';
import { servedModels } from './models.ts';
import { AUTO_MODEL, SAMPLE_MODEL } from './settings.ts';
import type { Targets } from './targets.ts';

/** `auto` is what the first engine serves; the sample's model where no engine says. */
export async function withModel(targets: Targets, signal?: AbortSignal): Promise<Targets> {
  if (targets.model !== AUTO_MODEL) return targets;
  try {
    const [model] = await servedModels(targets.engines[0]!, targets, signal);
    return { ...targets, model: model ?? SAMPLE_MODEL };
  } catch (error) {
    // The first probe asks again and says what is wrong.
    if (!(error instanceof KvcacheError) || error.kind !== 'target') throw error;
    return { ...targets, model: SAMPLE_MODEL };
  }
}
