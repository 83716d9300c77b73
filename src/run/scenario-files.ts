import type { Environment } from '../base/environment.ts';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import { readConfigFile } from '../config/files.ts';
import { readScenario } from './read-scenario.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { runError } from './errors.ts';

const FOLDER = join(packageRoot(), 'fixtures', 'scenarios');

/** One line of `run --list`. */
export interface ScenarioSummary {
  name: string;
  summary: string;
  /** Absent for the sample, which is no file. */
  demonstrates?: string;
  outcome?: string;
}

/** Every scenario that comes with the package, the sample first. */
export async function listScenarios(env: Environment): Promise<ScenarioSummary[]> {
  const shipped = await Promise.all(
    (await shippedNames()).map(async (name) => {
      const { title, demonstrates, outcome } = await loadShipped(name, env);
      return { name, summary: title, demonstrates, outcome };
    }),
  );
  return [...SCENARIOS, ...shipped];
}

/**
 * A shipped scenario by its name, or any by its path.
 * @throws KvcacheError SCENARIO_UNKNOWN, SCENARIO_INVALID, FILE_UNREADABLE (kind usage)
 */
export async function findScenario(
  wanted: string,
  { env, cwd }: { env: Environment; cwd: string },
): Promise<Scenario> {
  if (/[/\\]|\.ya?ml$/i.test(wanted)) {
    return readScenario(readConfigFile(resolve(cwd, wanted), wanted), env);
  }
  const names = await shippedNames();
  if (names.includes(wanted)) return loadShipped(wanted, env);
  const all = [...SCENARIOS.map(({ name }) => name), ...names];
  throw runError('SCENARIO_UNKNOWN', {
    message: `There is no scenario "${wanted}".`,
    remedy: `Choose one of: ${all.join(', ')}; or give the path of a scenario file.`,
  });
}

async function shippedNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files.filter((file) => file.endsWith('.yaml')).map((file) => basename(file, '.yaml'));
}

async function loadShipped(name: string, env: Environment): Promise<Scenario> {
  return readScenario(readConfigFile(join(FOLDER, `${name}.yaml`)), env);
}
