import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import type { Origin } from '../../calibrate/figures.ts';
import type { Company } from '../../calibrate/judge.ts';
import type { Sample } from '../../load/sample.ts';

/** One engine's samples, and what is known of where they come from. */
export interface Taken extends Origin {
  samples: Sample[];
  /** The base profile with what the engine says of itself. */
  base: EngineProfile;
  company: Company | undefined;
}
