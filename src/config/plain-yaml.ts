import { formatPlace, type SourceNode } from '../schema/node.ts';
import { parseYamlSource, type YamlSource } from './yaml-source.ts';
import { configError } from './errors.ts';

/**
 * A YAML (or JSON) document for `readStrict`; an empty one is null.
 * @throws KvcacheError YAML_INVALID (kind usage) with file:line:column
 */
export function parseYamlNode(source: YamlSource): SourceNode {
  const { root, issues } = parseYamlSource(source);
  const [slip] = issues;
  if (slip !== undefined) {
    const { message, remedy, place } = slip;
    const where = formatPlace(place);
    throw configError('YAML_INVALID', { message, remedy, where });
  }
  const place = { file: source.file, line: 1, column: 1 };
  return root ?? { kind: 'scalar', place, text: '', isQuoted: false, isNull: true };
}
