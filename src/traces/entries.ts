import { traceInvalid } from './errors.ts';
import { parseJson } from '../base/json.ts';

/** One JSON object or one line of a CSV, and where it stands. */
export interface Entry {
  value: Readonly<Record<string, unknown>>;
  where: string;
}

/**
 * The entries of a file: JSON lines, one JSON document (a list of objects or a single one), or CSV with a
 * line of headings. Blank lines are skipped.
 * @throws KvcacheError TRACE_INVALID (kind usage), `where` holding file and line
 */
export function entriesOf(text: string, path: string): Entry[] {
  const start = `${path}:1:1`;
  const lines = text.split('\n').flatMap((line, index) => {
    return line.trim() === '' ? [] : [{ text: line, where: `${path}:${index + 1}:1` }];
  });
  const first = lines[0];
  if (first === undefined) throw traceInvalid(start, 'it holds no request');
  if (!/^\s*[{[]/.test(first.text)) return csvEntries(lines);
  const isLines =
    parseJson(first.text) !== undefined && (lines.length > 1 || !/^\s*\[/.test(first.text));
  if (isLines) return lines.map((line) => entryOf(parseJson(line.text), line.where));
  const document = parseJson(text);
  if (document === undefined) throw traceInvalid(first.where, 'the line is not JSON');
  const list = Array.isArray(document) ? (document as unknown[]) : [document];
  if (list.length === 0) throw traceInvalid(start, 'it holds no request');
  return list.map((value, index) => entryOf(value, `${path}, entry ${index + 1}`));
}

function entryOf(value: unknown, where: string): Entry {
  if (value === undefined) throw traceInvalid(where, 'the line is not JSON');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw traceInvalid(where, 'a JSON object is wanted here');
  }
  return { value: value as Entry['value'], where };
}

/** No public trace has a comma inside a field. */
function csvEntries([head, ...lines]: readonly { text: string; where: string }[]): Entry[] {
  const names = fieldsOf(head!.text);
  if (lines.length === 0) return [{ value: asObject(names, []), where: head!.where }];
  return lines.map(({ text, where }) => {
    const fields = fieldsOf(text);
    if (fields.length === names.length) return { value: asObject(names, fields), where };
    throw traceInvalid(
      where,
      `the line has ${fields.length} fields, its headings are ${names.length}`,
    );
  });
}

function fieldsOf(line: string): string[] {
  return line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
}

function asObject(names: readonly string[], fields: readonly string[]): Entry['value'] {
  return Object.fromEntries(
    names.map((name, index) => {
      const field = fields[index] ?? '';
      return [name, /^-?\d+(?:\.\d+)?$/.test(field) ? Number(field) : field];
    }),
  );
}
