import type { HolderPolicy } from '../../../mocks/controller/core/lookup.ts';
import type { EngineProfile } from '../../../mocks/profiles/profile.ts';

export interface SimulatedEngine {
  id: string;
  profile: EngineProfile;
  /** Stands for PYTHONHASHSEED. */
  hashSeed: number;
}

export interface SimulatedController {
  lagMs: number;
  holders: HolderPolicy;
  hashSeed: number;
  chunkTokens: number;
}

/** Engines and controller of a run. */
export interface FleetSpec {
  model: string;
  engines: readonly SimulatedEngine[];
  controller: SimulatedController;
}
