/**
 * What Pixiu takes for the prompt: the `prompt` string, else the string contents of all messages
 * joined by newlines, trimmed. Roles, tools and array contents do not count. Empty = it does nothing.
 */
export function strictPrompt(body: Buffer): { model: string; text: string } {
  const request = parse(body);
  const { model, prompt, messages } = request;
  const contents = Array.isArray(messages)
    ? (messages as unknown[]).map((it) => (isRecord(it) ? it['content'] : undefined))
    : [];
  const text =
    typeof prompt === 'string' && prompt.trim() !== ''
      ? prompt
      : contents.filter((content) => typeof content === 'string').join('\n');
  return { model: typeof model === 'string' ? model : '', text: text.trim() };
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
