import { attempt } from '../base/attempt.ts';
import { servedModels } from './models.ts';
import { AUTO_MODEL } from './flags.ts';
import { SAMPLE_MODEL } from './settings.ts';
import type { Targets } from './targets.ts';

/** `auto` is what the first engine serves, else the gateway; the sample's model where nobody says. */
export async function withModel(targets: Targets, signal?: AbortSignal): Promise<Targets> {
  if (targets.model !== AUTO_MODEL) return targets;
  const urls = [targets.engines[0]?.url, targets.gatewayUrl].filter((it) => it != null);
  for (const url of urls) {
    // A server that fails is asked again by the first check, which says what is wrong.
    const { value } = await attempt(() => servedModels(url, targets, signal));
    if (value?.[0]) return { ...targets, model: value[0].id };
  }
  return { ...targets, model: SAMPLE_MODEL };
}
