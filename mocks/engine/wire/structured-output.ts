import { isRecord, type JsonRecord } from '../../../src/base/json.ts';
import {
  missing,
  noObject,
  type Problem,
  problem,
  Problems,
  type Reader,
} from '../../python/pydantic.ts';
import { badRequest, refusedEarly, type WireError } from './wire-error.ts';
import type { VllmDialect } from './vllm-version.ts';

const FORMATS = ['text', 'json_object', 'json_schema'];
const TAG = 'structural_tag';

/** The grammars that older versions also know, by name (`vllm/entrypoints/openai/protocol.py`). */
const GUIDED = ['guided_json', 'guided_regex', 'guided_choice', 'guided_grammar'];

/** The answer is to be some JSON object. */
export function wantsJsonObject(body: JsonRecord): boolean {
  return formatOf(body) === 'json_object';
}

/** A format, or one of two kinds of tags: what is wrong is said of each of the three. */
export const readFormat: Reader = (value, loc) => {
  if (value === null) return value;
  if (!isRecord(value)) return new Problems(Array(3).fill(noObject(value, loc)));
  const { type: input } = value;
  if (input === TAG || FORMATS.includes(input as string)) return value;
  const at = { loc: [...loc, 'type'], input };
  const typed = (expected: string): Problem =>
    input === undefined
      ? missing(at.loc, value)
      : problem('literal_error', `Input should be ${expected}`, at, { expected });
  const lacks = (name: string): Problem => missing([...loc, name], value);
  const format = typed("'text', 'json_object' or 'json_schema'");
  const tag = typed(`'${TAG}'`);
  const both = [tag, lacks('format'), tag, lacks('structures'), lacks('triggers')];
  return new Problems([format, ...both]);
};

/** Said before the fields are read. */
export function checkSchema(body: JsonRecord): WireError | undefined {
  const { response_format: format } = body;
  if (!isRecord(format) || format['type'] !== 'json_schema') return undefined;
  if (format['json_schema'] !== undefined && format['json_schema'] !== null) return undefined;
  const message =
    "When response_format type is 'json_schema', the 'json_schema' field must be provided.";
  return refusedEarly(message, 'response_format');
}

/** Why the body's wishes for the form of the answer cannot be met: canned prose would only look as if they were. */
export function checkStructure(
  body: JsonRecord,
  { errorWords }: VllmDialect,
): WireError | undefined {
  const format = formatOf(body);
  if (format === 'json_schema' || format === TAG) {
    return unmodelled(`response_format ${format}`, 'response_format');
  }
  // Removed since, and passed over like any unknown field.
  const names = errorWords === 'full' ? [] : GUIDED;
  const grammar = ['structured_outputs', ...names].find((name) => isGiven(body[name]));
  return grammar === undefined ? undefined : unmodelled(grammar, grammar);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function formatOf(body: JsonRecord): unknown {
  const { response_format: format } = body;
  return isRecord(format) ? format['type'] : undefined;
}

function unmodelled(what: string, field: string): WireError {
  return badRequest(`This mock does not model ${what}.`, field);
}
