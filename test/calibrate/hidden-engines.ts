import { resolveProfile } from '../../mocks/profiles/resolve.ts';
import type { EngineProfile, TimingCoefficients } from '../../mocks/profiles/profile.ts';
import { plainNode } from '../../src/schema/node.ts';

/** An engine whose terms nobody was told, unlike any that is shipped. */
export function hiddenEngine(
  timing: TimingCoefficients,
  changes: Partial<EngineProfile> = {},
): EngineProfile {
  return resolveProfile('8b-h100', plainNode({ ...changes, timing }, 'hidden'));
}

export const HIDDEN_TIMING: TimingCoefficients = {
  stepMs: 11,
  prefillMsPerToken: 0.081,
  prefillMsPerTokenSquared: 1.9e-6,
  decodeMsPerRequest: 0.07,
  decodeMsPerContextToken: 9e-5,
  apiMs: 7,
  postMs: 1.3,
  outputMsPerToken: 0.08,
};
