import { parseJson } from '../base/json.ts';
import { type ChatMessage, messagesOf } from '../traces/messages.ts';
import type { Prompt } from './prompts.ts';
import { shareGptPrompts } from './share-gpt.ts';
import { loadError } from './errors.ts';

const MAYBE_JSON = /^\s*[{[]/;
/** What can only be meant as JSON: `{name}, hi` and `[INST] hi` are texts. */
const MEANT_AS_JSON = /^\s*(?:\{\s*(?:"|\}|$)|\[\s*(?:[[{"\]]|$))/;

/**
 * Prompts of a file. One per line, a text or JSON; or one JSON document with a list of them. A JSON prompt
 * is `prompt` (text), `messages`, or a ShareGPT conversation, which makes one prompt of every human turn.
 * Blank lines are skipped.
 * @throws KvcacheError PROMPT_FILE_INVALID (kind usage), `where` holding file and line
 */
export function parsePromptFile(text: string, path: string): Prompt[] {
  const document = documentOf(text);
  const prompts =
    document === undefined
      ? text.split('\n').flatMap((line, index) => lineOf(line, `${path}:${index + 1}:1`))
      : document.flatMap((entry, index) => entryOf(entry, `${path}, entry ${index + 1}`));
  if (prompts.length === 0) throw invalid(`${path}:1:1`, 'it holds no prompt');
  return prompts;
}

/** The entries of a file that is one JSON document; undefined for any other. */
function documentOf(text: string): unknown[] | undefined {
  const value = parsed(text);
  return Array.isArray(value) && messagesOf(value) === undefined ? value : value && [value];
}

/** Undefined for a text. */
function parsed(text: string): object | undefined {
  return MAYBE_JSON.test(text) ? (parseJson(text) as object | undefined) : undefined;
}

function lineOf(line: string, where: string): Prompt[] {
  if (line.trim() === '') return [];
  const value = parsed(line);
  if (value !== undefined) return entryOf(value, where);
  if (MEANT_AS_JSON.test(line)) throw invalid(where, 'the line begins like JSON and is none');
  return [promptOf([{ role: 'user', content: line.trimEnd() }])];
}

function entryOf(value: unknown, where: string): Prompt[] {
  const { prompt, messages = value, conversations } = (value ?? {}) as Record<string, unknown>;
  const content = typeof value === 'string' ? value : prompt;
  if (typeof content === 'string' && content !== '') return [promptOf([{ role: 'user', content }])];
  const given = messagesOf(messages);
  if (given) return [promptOf(given)];
  const shared = shareGptPrompts(conversations);
  if (shared) return shared;
  throw invalid(
    where,
    'JSON needs "prompt" (text), "messages" (role and text each) or "conversations" (ShareGPT)',
  );
}

function promptOf(messages: ChatMessage[]): Prompt {
  return { messages, group: '' };
}

function invalid(where: string, problem: string) {
  const message = `The prompt file cannot be used: ${problem}.`;
  return loadError('PROMPT_FILE_INVALID', { message, where });
}
