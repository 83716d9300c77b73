import { isNode, LineCounter, parse, parseDocument, YAMLParseError } from 'yaml';
import { KvcacheError } from '../base/errors.ts';
import { formatPlace, type SourceNode } from '../schema/node.ts';
import { parseYamlSource, type YamlSource } from './yaml-source.ts';

/**
 * A YAML 1.2 (or JSON) document as plain values, for files whose shape the reader checks itself.
 * @throws KvcacheError YAML_INVALID (kind usage) with file:line:column
 */
export function parsePlainYaml(text: string, file: string): unknown {
  try {
    // Aliases could multiply a small file without end.
    return parse(text, { prettyErrors: true, maxAliasCount: 100 }) as unknown;
  } catch (error) {
    const position = error instanceof YAMLParseError ? error.linePos?.[0] : undefined;
    throw new KvcacheError({
      kind: 'usage',
      code: 'YAML_INVALID',
      message: problemText(error),
      where: position ? `${file}:${position.line}:${position.col}` : file,
      remedy: 'Correct the file at this place.',
      cause: error,
    });
  }
}

function problemText(error: unknown): string {
  if (error instanceof YAMLParseError && error.code === 'MULTIPLE_DOCS') {
    return 'The file holds more than one YAML document.';
  }
  return `The file is not valid YAML: ${firstLine(error)}.`;
}

/** `file:line:column` of what the path leads to, or of the nearest part around it that is written. */
export function placeInYaml(
  text: string,
  file: string,
  path: readonly (string | number)[],
): string {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    const { line, col } = lineCounter.linePos(node.range[0]);
    return `${file}:${line}:${col}`;
  }
  return file;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .split('\n')[0]!
    .replace(/ at line \d+, column \d+:?$/, '')
    .replace(/[.:]$/, '');
}

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
    throw new KvcacheError({ kind: 'usage', code: 'YAML_INVALID', message, remedy, where });
  }
  const place = { file: source.file, line: 1, column: 1 };
  return root ?? { kind: 'scalar', place, text: '', isQuoted: false, isNull: true };
}
