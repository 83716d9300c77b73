import type { Emission } from './emission.ts';

/** What writes the files of one engine. */
type Writer = (emission: Emission) => string;

/** What runs many processes for us, by name; each reads a plan's flags with `--config`. */
const ENGINES = {
  kubernetes: async (): Promise<Writer> => (await import('./kubernetes.ts')).kubernetesManifest,
  slurm: async (): Promise<Writer> => (await import('./slurm.ts')).slurmScript,
};

export type EngineName = keyof typeof ENGINES;

export const ENGINE_NAMES = Object.keys(ENGINES) as EngineName[];

export function writerOf(name: EngineName): Promise<Writer> {
  return ENGINES[name]();
}
