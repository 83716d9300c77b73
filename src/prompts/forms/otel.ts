import { isRecord, type JsonRecord, parseJson, textOf } from '../../base/json.ts';
import type { PromptDraft } from '../request.ts';
import type { PromptForm } from './form.ts';

/**
 * Spans of OpenTelemetry's GenAI conventions (opentelemetry.io/docs/specs/semconv/gen-ai): one per line with
 * `attributes`, or exports in OTLP's JSON. Spans without a recorded prompt are left out. Also the
 * numbered attributes that OpenLLMetry wrote before there was a convention.
 */
export const otel: PromptForm = {
  name: 'OpenTelemetry GenAI spans',
  owns: (first) => 'resourceSpans' in first || isRecord(first['attributes']),
  read: (entry) => spansOf(entry)?.flatMap((span) => requestOf(attributesOf(span)) ?? []),
};

function spansOf(entry: JsonRecord): JsonRecord[] | undefined {
  if (!('resourceSpans' in entry)) return isRecord(entry['attributes']) ? [entry] : undefined;
  const scopes = records(entry['resourceSpans']).flatMap((it) => records(it['scopeSpans']));
  return scopes.flatMap((it) => records(it['spans']));
}

/** Names to values: OTLP lists them as key and typed value. */
function attributesOf({ attributes }: JsonRecord): JsonRecord {
  if (isRecord(attributes)) return attributes;
  return Object.fromEntries(
    records(attributes).map(({ key, value }) => [String(key), plainOf(value)]),
  );
}

function plainOf(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const [[name, held] = []] = Object.entries(value);
  if (name === 'arrayValue') return isRecord(held) ? records(held['values']).map(plainOf) : [];
  if (name === 'kvlistValue')
    return isRecord(held) ? attributesOf({ attributes: held['values'] }) : {};
  return held;
}

function requestOf(attributes: JsonRecord): PromptDraft | undefined {
  const list = structured(attributes['gen_ai.input.messages']);
  const messages = Array.isArray(list)
    ? list.filter(isRecord).map(messageOf)
    : numbered(attributes);
  if (messages.length === 0) return undefined;
  const system = structured(attributes['gen_ai.system_instructions']);
  const tools = structured(attributes['gen_ai.tool.definitions']);
  const model = textOf(attributes['gen_ai.request.model']);
  return {
    session: textOf(attributes['gen_ai.conversation.id']) ?? undefined,
    kind: 'chat',
    body: {
      ...(model === null ? {} : { model }),
      ...(Array.isArray(tools) ? { tools } : {}),
      messages: Array.isArray(system)
        ? [messageOf({ role: 'system', parts: system }), ...messages]
        : messages,
    },
  };
}

/** A message of parts as the chat API has it. */
function messageOf({ role, parts }: JsonRecord): JsonRecord {
  const all = records(parts);
  const textsOf = (type: string): string[] =>
    all.filter((it) => it['type'] === type).map((it) => textOf(it['content']) ?? '');
  const calls = all.filter((it) => it['type'] === 'tool_call');
  const answers = all.filter((it) => it['type'] === 'tool_call_response');
  const reasoning = textsOf('reasoning');
  return {
    role: role ?? 'user',
    ...(reasoning.length > 0 ? { reasoning_content: reasoning.join('\n') } : {}),
    content: [
      ...textsOf('text'),
      ...answers.map((it) => textFrom(it['response'] ?? it['result'])),
    ].map((text) => ({ type: 'text', text })),
    ...(calls.length > 0
      ? {
          tool_calls: calls.map(({ id, name, arguments: given }) => ({
            id,
            type: 'function',
            function: { name, arguments: textFrom(given) },
          })),
        }
      : {}),
  };
}

/** `gen_ai.prompt.0.role`, `gen_ai.prompt.0.content`, … */
function numbered(attributes: JsonRecord): JsonRecord[] {
  const messages: JsonRecord[] = [];
  for (let index = 0; ; index++) {
    const role = attributes[`gen_ai.prompt.${index}.role`];
    if (role === undefined) return messages;
    messages.push({ role, content: textFrom(attributes[`gen_ai.prompt.${index}.content`]) });
  }
}

/** A span may hold structured values as such or as JSON. */
function structured(value: unknown): unknown {
  return typeof value === 'string' ? parseJson(value) : value;
}

function textFrom(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function records(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
