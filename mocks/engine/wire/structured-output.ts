import { isObject, type JsonObject } from './fields.ts';
import { badRequest, validationError, type WireError } from './wire-error.ts';

/** Of vLLM's `ResponseFormat`. */
const FORMATS: readonly unknown[] = ['text', 'json_object', 'json_schema', 'structural_tag'];

/** Grammars, by the names vLLM has given them (`vllm/entrypoints/openai/protocol.py`). */
const GRAMMARS = [
  'structured_outputs',
  'guided_json',
  'guided_regex',
  'guided_choice',
  'guided_grammar',
];

/** The answer is to be some JSON object. */
export function wantsJsonObject(body: JsonObject): boolean {
  return formatOf(body) === 'json_object';
}

/** Why the body's wishes for the form of the answer cannot be met: canned prose would only look as if they were. */
export function checkStructure(body: JsonObject): WireError | undefined {
  const format = formatOf(body);
  if (format !== undefined && !FORMATS.includes(format)) {
    return validationError('response_format.type', `Input should be one of ${FORMATS.join(', ')}`);
  }
  if (format === 'json_schema' || format === 'structural_tag') {
    return unmodelled(`response_format ${format}`, 'response_format');
  }
  const grammar = GRAMMARS.find((name) => body[name] !== undefined && body[name] !== null);
  if (grammar !== undefined) return unmodelled(grammar, grammar);
  const { tool_choice: choice } = body;
  return choice === 'required' || isObject(choice)
    ? unmodelled('forced tool calls', 'tool_choice')
    : undefined;
}

function formatOf(body: JsonObject): unknown {
  const { response_format: format } = body;
  if (format === undefined || format === null) return undefined;
  return isObject(format) ? (format['type'] ?? null) : null;
}

function unmodelled(what: string, field: string): WireError {
  return badRequest(`This mock does not model ${what}.`, field);
}
