import { isRecord, type JsonRecord } from '../../../src/base/json.ts';
import type { CompletionKind } from './completion-fields.ts';
import { pythonStr } from '../../python/python-text.ts';
import { checkSchema } from './structured-output.ts';
import { badRequest, refused, refusedEarly, type WireError } from './wire-error.ts';

/** What vLLM's models refuse of a raw body, before pydantic looks at the types of its fields; in their order. */
export function checkEarly(kind: CompletionKind, body: JsonRecord): WireError | undefined {
  return kind === 'chat'
    ? (checkIterable(body) ??
        checkTools(body) ??
        checkLogprobs(body, ['prompt_logprobs', 'top_logprobs']) ??
        checkTopLogprobs(body) ??
        checkStreamOptions(body) ??
        checkSchema(body) ??
        checkSalt(body))
    : (checkPrompt(body) ??
        checkStreamOptions(body) ??
        checkLogprobs(body, ['prompt_logprobs', 'logprobs']) ??
        checkSchema(body) ??
        checkSalt(body));
}

/** Every chat's messages are gone through, whatever they are. */
function checkIterable({ messages }: JsonRecord): WireError | undefined {
  const kind =
    messages === null
      ? 'NoneType'
      : { number: Number.isInteger(messages) ? 'int' : 'float', boolean: 'bool' }[
          typeof messages as string
        ];
  return kind === undefined ? undefined : badRequest(`'${kind}' object is not iterable`);
}

function checkTools({ tools, tool_choice: choice }: JsonRecord): WireError | undefined {
  if (Array.isArray(tools) && tools.length === 0) {
    const message =
      '`tools` must not be an empty array. Either provide at least one tool or omit the field entirely.';
    return refusedEarly(message, 'tools');
  }
  if (choice === undefined || choice === null || choice === 'none') return undefined;
  if (tools === undefined || tools === null) {
    return refusedEarly('When using `tool_choice`, `tools` must be set.', 'tool_choice');
  }
  if (choice === 'auto' || choice === 'required') return undefined;
  return isRecord(choice)
    ? checkNamedTool(choice, tools)
    : refusedEarly(noChoice(choice), 'tool_choice');
}

const noChoice = (choice: unknown): string =>
  `Invalid value for \`tool_choice\`: ${pythonStr(choice)}! Only named tools, "none", "auto" or "required" are supported.`;

const USAGE = 'Correct usage: `{"type": "function", "function": {"name": "my_function"}}`';

function checkNamedTool(choice: JsonRecord, tools: unknown): WireError | undefined {
  const { function: wanted } = choice;
  if (!isRecord(wanted)) {
    const message = `Invalid value for \`function\`: \`${pythonStr(wanted)}\` in \`tool_choice\`! ${USAGE}`;
    return refusedEarly(message, 'tool_choice.function');
  }
  const { name } = wanted;
  if (name === undefined) {
    const message = `Expected field \`name\` in \`function\` in \`tool_choice\`! ${USAGE}`;
    return refusedEarly(message, 'tool_choice.function.name');
  }
  if (typeof name !== 'string' || name === '') {
    const message = `Invalid \`name\` in \`function\`: \`${pythonStr(name)}\` in \`tool_choice\`! ${USAGE}`;
    return refusedEarly(message, 'tool_choice.function.name');
  }
  const isKnown = Array.isArray(tools) && tools.some((tool) => nameOf(tool) === name);
  const message = 'The tool specified in `tool_choice` does not match any of the specified `tools`';
  return isKnown ? undefined : refusedEarly(message, 'tool_choice');
}

function nameOf(tool: unknown): unknown {
  return isRecord(tool) && isRecord(tool['function']) ? tool['function']['name'] : undefined;
}

function checkLogprobs(body: JsonRecord, fields: readonly string[]): WireError | undefined {
  for (const field of fields) {
    const value = body[field];
    if (value === undefined || value === null || typeof value === 'boolean') continue;
    if (typeof value !== 'number') {
      return refused(`\`${field}\` must be an integer.`, field, pythonStr(value));
    }
    const isStreamed = field === 'prompt_logprobs' && isTrue(body['stream']);
    if (isStreamed && (value > 0 || value === -1)) {
      return refusedEarly('`prompt_logprobs` are not available when `stream=True`.', field);
    }
    if (value < 0 && value !== -1) {
      return refused(`\`${field}\` must be a positive value or -1.`, field, String(value));
    }
  }
  return undefined;
}

function checkTopLogprobs({ top_logprobs: top, logprobs }: JsonRecord): WireError | undefined {
  if (typeof top !== 'number' || top === 0 || isTrue(logprobs)) return undefined;
  const message = 'when using `top_logprobs`, `logprobs` must be set to true.';
  return refusedEarly(message, 'top_logprobs');
}

function checkStreamOptions(body: JsonRecord): WireError | undefined {
  if (!isTrue(body['stream_options']) || isTrue(body['stream'])) return undefined;
  const message = 'Stream options can only be defined when `stream=True`.';
  return refusedEarly(message, 'stream_options');
}

const SALT_LENGTH_MAX = 128;

function checkSalt({ cache_salt: salt }: JsonRecord): WireError | undefined {
  if (salt === undefined || salt === null) return undefined;
  const name = "Parameter 'cache_salt' must be";
  if (typeof salt !== 'string' || salt === '') {
    return refusedEarly(`${name} a non-empty string if provided.`, 'cache_salt');
  }
  if (salt.length <= SALT_LENGTH_MAX && !/[@/\\\0]/.test(salt)) return undefined;
  const message = `${name} at most ${SALT_LENGTH_MAX} characters and must not contain '@', '/', '\\\\', or NUL.`;
  return refusedEarly(message, 'cache_salt');
}

/** vLLM's `VLLM_MAX_COMPLETION_PROMPTS`. */
const PROMPTS_MAX = 1_024;

function checkPrompt({ prompt, prompt_embeds: embeds }: JsonRecord): WireError | undefined {
  if (Array.isArray(prompt) && prompt.length > PROMPTS_MAX && !prompt.every(Number.isInteger)) {
    const message = `prompt list length ${prompt.length} exceeds the maximum allowed count of ${PROMPTS_MAX}. To increase this limit, set the VLLM_MAX_COMPLETION_PROMPTS environment variable.`;
    return refusedEarly(message, 'prompt');
  }
  if ((prompt !== undefined && prompt !== null && prompt !== '') || isTrue(embeds))
    return undefined;
  const message = 'Either prompt or prompt_embeds must be provided and non-empty.';
  return refusedEarly(message, 'prompt');
}

/** As Python's `if` takes it. */
function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isRecord(value) ? Object.keys(value).length > 0 : Boolean(value);
}
