import { readFileSync } from 'node:fs';
import { KvcacheError, messageOf } from '../../src/base/errors.ts';
import { formatPlace } from '../../src/config/issue.ts';
import { parsePlainYaml } from '../../src/config/plain-yaml.ts';
import { placeNamedBy } from '../../src/config/named-place.ts';
import { parseYamlSource } from '../../src/config/yaml-source.ts';
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
  const text = readText(file);
  const fleet = parsePlainYaml(text, file) ?? {};
  try {
    return readFleet(isRecord(fleet) ? { ...fleet, ...overrides } : fleet, env);
  } catch (error) {
    throw error instanceof KvcacheError ? placed(error, { text, file }) : error;
  }
}

/** The error with the place of the key that its message begins with. */
function placed(error: KvcacheError, source: { text: string; file: string }): KvcacheError {
  const { kind, code, message, remedy } = error;
  const { root } = parseYamlSource(source);
  const start = { file: source.file, line: 1, column: 1 };
  const place = root ? placeNamedBy(message.replace(/^fleet\./, ''), root, start) : start;
  return new KvcacheError({
    kind,
    code,
    message,
    remedy,
    where: formatPlace(place),
    cause: error,
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'FILE_UNREADABLE',
      message: `Cannot read the fleet file: ${messageOf(error)}.`,
      where: file,
      remedy: 'Check the path.',
      cause: error,
    });
  }
}
