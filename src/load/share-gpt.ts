import type { ChatMessage } from '../traces/messages.ts';
import type { Prompt } from './prompts.ts';

/** Who says a turn, by the names that copies of the collection use; others keep theirs. */
const ROLES: Readonly<Record<string, string>> = {
  human: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
};

/**
 * The prompts of one ShareGPT conversation (`conversations`, turns of `from` and `value`): every human
 * turn, with all before it; some have none. Undefined for anything else.
 */
export function shareGptPrompts(conversations: unknown): Prompt[] | undefined {
  if (!Array.isArray(conversations)) return undefined;
  const messages = conversations.map(messageOf);
  if (!messages.every((it) => it !== undefined)) return undefined;
  return messages.flatMap(({ role }, turn) =>
    role === 'user' ? [{ messages: messages.slice(0, turn + 1), group: '' }] : [],
  );
}

function messageOf(turn: unknown): ChatMessage | undefined {
  const { from, value } = (turn ?? {}) as { from?: unknown; value?: unknown };
  if (typeof from !== 'string' || typeof value !== 'string') return undefined;
  return { role: ROLES[from] ?? from, content: value };
}
