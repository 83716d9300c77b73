import { type Environment, variable } from '../../base/environment.ts';

/** A setting and where it came from, for `--verbose`. */
export interface Sourced {
  value: string;
  source: string;
}

export interface ValueSources {
  flag: string;
  given: string | undefined;
  variable: string;
  fallback: string;
}

/** Flags beat environment, environment beats default. */
export function sourced(sources: ValueSources, env: Environment): Sourced {
  if (sources.given !== undefined) return { value: sources.given, source: sources.flag };
  const fromEnv = variable(env, sources.variable);
  if (fromEnv !== undefined) return { value: fromEnv, source: sources.variable };
  return { value: sources.fallback, source: 'default' };
}
