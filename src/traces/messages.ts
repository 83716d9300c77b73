/** A chat message as the API takes it. */
export interface ChatMessage {
  role: string;
  content: string;
}

/** Messages of a role and a text each, at least one; undefined for anything else. */
export function messagesOf(value: unknown): ChatMessage[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isMessage)) return undefined;
  return value.map(({ role, content }) => ({ role, content }));
}

function isMessage(value: unknown): value is ChatMessage {
  const { role, content } = (value ?? {}) as Partial<ChatMessage>;
  return typeof role === 'string' && typeof content === 'string';
}
