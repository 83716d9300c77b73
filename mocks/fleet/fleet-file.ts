import { readConfigFile } from '../../src/config/files.ts';
import { parseYamlNode } from '../../src/config/plain-yaml.ts';
import { type FleetOverrides, type FleetPlan, readFleetNode } from './fleet-plan.ts';

export interface FleetFileOptions {
  file: string;
  /** Top-level keys that beat the file's. */
  overrides: FleetOverrides;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The plan a fleet file describes.
 * @throws KvcacheError as `readFleet` does with file:line:column, YAML_INVALID or FILE_UNREADABLE
 * (kind usage)
 */
export function readFleetFile({ file, overrides, env }: FleetFileOptions): FleetPlan {
  return readFleetNode(parseYamlNode(readConfigFile(file)), env, overrides);
}
