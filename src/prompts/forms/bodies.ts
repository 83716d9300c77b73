import { isRecord, type JsonRecord, textOf } from '../../base/json.ts';
import type { PromptKind } from '../../protocol/openai.ts';
import type { PromptDraft } from '../request.ts';
import type { PromptForm } from './form.ts';

/** What recorders call the member that holds the body. */
const BODY_NAMES = ['body', 'request', 'payload', 'request_body'] as const;
const SESSION_NAMES = ['session_id', 'session', 'conversation_id'] as const;
const PATH_NAMES = ['path', 'url', 'endpoint'] as const;

/**
 * Request bodies as clients send them, or each in a record with when, where and in which session it was
 * sent: our own recordings, OpenAI's batch files, and what gateways log.
 */
export const bodies: PromptForm = {
  name: 'request bodies',
  owns: (first) => bodyOf(first) !== undefined,
  read: (entry) => {
    const body = bodyOf(entry);
    return body && readBody(body, entry);
  },
};

function readBody(body: JsonRecord, entry: JsonRecord): PromptDraft[] | undefined {
  const kind = kindOf(body, firstText(entry, PATH_NAMES) ?? '');
  if (kind === undefined) return undefined;
  const session = firstText(entry, SESSION_NAMES);
  return promptsOf(kind, body).map((it) => ({ session, kind, body: it }));
}

/** A completion may ask several prompts at once; each is a request of its own to the engine. */
function promptsOf(kind: PromptKind, body: JsonRecord): JsonRecord[] {
  const { prompt } = body;
  if (kind !== 'completion' || !Array.isArray(prompt)) return [body];
  if (prompt.every((it) => typeof it === 'number')) return [body];
  return prompt.map((it: unknown) => ({ ...body, prompt: it }));
}

function bodyOf(entry: JsonRecord): JsonRecord | undefined {
  const wrapped = BODY_NAMES.map((name) => entry[name]).find((it) => isRecord(it) && isBody(it));
  if (isRecord(wrapped)) return wrapped;
  if (isBody(entry)) return entry;
  const { text_input: content, ...rest } = entry;
  return typeof content === 'string'
    ? { ...rest, messages: [{ role: 'user', content }] }
    : undefined;
}

function isBody(it: JsonRecord): boolean {
  return Array.isArray(it['messages']) || 'prompt' in it || 'input' in it;
}

function firstText(entry: JsonRecord, names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = entry[name];
    if (typeof found === 'number') return String(found);
    const text = textOf(found);
    if (text !== null) return text;
  }
  return undefined;
}

function kindOf(body: JsonRecord, path: string): PromptKind | undefined {
  const { messages, input, prompt } = body;
  if (Array.isArray(messages)) {
    const isAnthropic = /\/messages\/*(?:$|\?)/.test(path) || looksAnthropic(body, messages);
    return messages.every(isRecord) ? (isAnthropic ? 'anthropic' : 'chat') : undefined;
  }
  if (typeof input === 'string' || (Array.isArray(input) && input.every(isRecord))) {
    return 'responses';
  }
  return typeof prompt === 'string' || Array.isArray(prompt) ? 'completion' : undefined;
}

const ANTHROPIC_PARTS = new Set(['tool_use', 'tool_result', 'thinking', 'redacted_thinking']);

/** By what no OpenAI chat has: the system prompt beside the messages, tools with `input_schema`, its parts. */
function looksAnthropic(body: JsonRecord, messages: readonly unknown[]): boolean {
  if ('system' in body) return true;
  const { tools } = body;
  if (Array.isArray(tools) && tools.some((it) => isRecord(it) && 'input_schema' in it)) return true;
  return messages.some((message) => {
    const content = isRecord(message) ? message['content'] : undefined;
    if (!Array.isArray(content)) return false;
    return content.some(
      (it) => isRecord(it) && (ANTHROPIC_PARTS.has(String(it['type'])) || isRecord(it['source'])),
    );
  });
}
