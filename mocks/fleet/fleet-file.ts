import { parsePlainYaml } from '../../src/config/plain-yaml.ts';
import { withPlace } from '../../src/config/named-place.ts';
import { readText } from '../read-text.ts';
import { isRecord } from '../shape.ts';
import { type FleetPlan, readFleet } from './fleet-plan.ts';

export interface FleetFileOptions {
  file: string;
  /** Top-level keys that beat the file's. */
  overrides: object;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The plan a fleet file describes.
 * @throws KvcacheError as `readFleet` does with file:line:column, YAML_INVALID or FILE_UNREADABLE
 * (kind usage)
 */
export function readFleetFile({ file, overrides, env }: FleetFileOptions): FleetPlan {
  const text = readText(file, 'fleet file');
  const fleet = parsePlainYaml(text, file) ?? {};
  try {
    return readFleet(isRecord(fleet) ? { ...fleet, ...overrides } : fleet, env);
  } catch (error) {
    throw withPlace(error, { text, file }, 'fleet');
  }
}
