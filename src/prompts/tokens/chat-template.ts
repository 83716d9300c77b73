import { isRecord, type JsonRecord, parseJson } from '../../base/json.ts';

/** Members of a body that a template is given under other names, or not at all. */
const SETTINGS = ['documents', 'reasoning_effort'] as const;

/** What a chat template of a model writes for a body, as vLLM calls it. */
export interface ChatTemplate {
  render(values: JsonRecord): string;
}

/**
 * The values of a chat request for its template.
 * @param source of the template, which tells how it takes contents of several parts
 * @returns undefined where the request has more than text
 */
export function templateValues(body: JsonRecord, source: string): JsonRecord | undefined {
  const takesParts = /for\s+\w+\s+in\s+[\w.[\]'"]*content/.test(source);
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  const taken: JsonRecord[] = [];
  for (const message of messages) {
    const it = isRecord(message) ? messageOf(message, takesParts) : undefined;
    if (it === undefined) return undefined;
    taken.push(it);
  }
  const { tools, chat_template_kwargs: more } = body;
  return {
    messages: taken,
    ...(Array.isArray(tools) && tools.length > 0 && { tools }),
    ...Object.fromEntries(
      SETTINGS.filter((name) => name in body).map((name) => [name, body[name]]),
    ),
    add_generation_prompt: body['add_generation_prompt'] !== false,
    ...(isRecord(more) && more),
  };
}

function messageOf(message: JsonRecord, takesParts: boolean): JsonRecord | undefined {
  const content = contentOf(message['content'], takesParts);
  if (content === undefined) return undefined;
  const { tool_calls: calls } = message;
  return {
    ...message,
    content,
    ...(Array.isArray(calls) && { tool_calls: calls.map(withParsedArguments) }),
  };
}

/** A text as it is; of parts that are all text the list, or one text, a line for each. */
function contentOf(content: unknown, takesParts: boolean): unknown {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part: unknown) => (isRecord(part) ? part['text'] : part));
  if (!texts.every((it) => typeof it === 'string')) return undefined;
  return takesParts ? texts.map((text) => ({ type: 'text', text })) : texts.join('\n');
}

/** Templates write arguments as what they are; in a body they are JSON in a text. */
function withParsedArguments(call: unknown): unknown {
  if (!isRecord(call) || !isRecord(call['function'])) return call;
  const { arguments: text } = call['function'];
  if (typeof text !== 'string') return call;
  return { ...call, function: { ...call['function'], arguments: parseJson(text) ?? {} } };
}
