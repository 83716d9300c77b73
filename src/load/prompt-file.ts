import { KvcacheError, messageOf } from '../base/errors.ts';
import type { ChatMessage, Prompt } from './prompts.ts';

/**
 * Prompts of a file, one per line: plain text, or JSON with `prompt` (text) or `messages` when the
 * line starts with a brace. Blank lines are skipped.
 * @throws KvcacheError PROMPT_FILE_INVALID (kind usage), `where` holding file and line
 */
export function parsePromptFile(text: string, path: string): Prompt[] {
  const prompts = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    return [{ messages: messagesOf(line, `${path}:${index + 1}:1`), group: '' }];
  });
  if (prompts.length === 0) throw invalid(`${path}:1:1`, 'it holds no prompt');
  return prompts;
}

function messagesOf(line: string, where: string): ChatMessage[] {
  if (!line.startsWith('{')) return [{ role: 'user', content: line.trimEnd() }];
  const { prompt, messages } = parseObject(line, where);
  if (typeof prompt === 'string' && prompt !== '') return [{ role: 'user', content: prompt }];
  if (Array.isArray(messages) && messages.length > 0 && messages.every(isMessage)) return messages;
  throw invalid(where, 'a JSON line needs "prompt" (text) or "messages" (role and text each)');
}

function parseObject(line: string, where: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    throw invalid(where, messageOf(error));
  }
}

function isMessage(value: unknown): value is ChatMessage {
  const { role, content } = (value ?? {}) as Partial<ChatMessage>;
  return typeof role === 'string' && typeof content === 'string';
}

function invalid(where: string, problem: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'PROMPT_FILE_INVALID',
    message: `The prompt file cannot be used: ${problem}.`,
    where,
    remedy: 'Write one prompt per line, as text or as JSON with "prompt" or "messages".',
  });
}
