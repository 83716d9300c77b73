import type { PromptView } from './openai.ts';

/** How a prompt's tokens are had: sent to /tokenize, or already given as token ids. */
export type TokenizePlan =
  | { kind: 'send'; body: Buffer | string }
  | { kind: 'tokens'; tokens: number[] };

/**
 * How to tokenize a request's prompt. Chat bodies and text prompts go to /tokenize as they are;
 * token-id prompts need no call; Responses bodies are rewritten as the chat they stand for. Undefined
 * for what has no single prompt or cannot be rewritten with certainty (batches, tool results,
 * continued responses).
 */
export function planTokenize(view: PromptView): TokenizePlan | undefined {
  if (view.kind === 'chat') return { kind: 'send', body: view.body };
  if (view.kind === 'completion') return planCompletion(view);
  return planResponses(view);
}

function planCompletion(view: PromptView): TokenizePlan | undefined {
  const { start, end } = view.promptSpan;
  if (view.body[start] === 0x22) return { kind: 'send', body: view.body };
  const prompt = parse(view.body.toString('utf8', start, end));
  if (!Array.isArray(prompt)) return undefined;
  const only = prompt.length === 1 ? (prompt[0] as unknown) : undefined;
  if (typeof only === 'string') {
    return { kind: 'send', body: JSON.stringify({ ...modelOf(view), prompt: only }) };
  }
  const ids: unknown = Array.isArray(only) ? only : prompt;
  return isTokenIds(ids) ? { kind: 'tokens', tokens: ids } : undefined;
}

function planResponses(view: PromptView): TokenizePlan | undefined {
  const request = parse(view.body.toString('utf8'));
  if (!isRecord(request) || request['previous_response_id'] || request['conversation']) {
    return undefined;
  }
  if (request['tools'] !== undefined || request['reasoning'] !== undefined) return undefined;
  const messages = chatOf(request['input']);
  if (!messages) return undefined;
  const { instructions } = request;
  const system =
    typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : [];
  return {
    kind: 'send',
    body: JSON.stringify({ ...modelOf(view), messages: [...system, ...messages] }),
  };
}

function chatOf(input: unknown): object[] | undefined {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (!Array.isArray(input)) return undefined;
  const messages = (input as unknown[]).map(messageOf);
  return messages.every((message) => message !== undefined) ? messages : undefined;
}

function messageOf(item: unknown): object | undefined {
  if (!isRecord(item) || typeof item['role'] !== 'string') return undefined;
  const { role, content } = item;
  if (typeof content === 'string') return { role, content };
  if (!Array.isArray(content)) return undefined;
  const parts = (content as unknown[]).map((part) =>
    isRecord(part) && TEXT_PARTS.has(String(part['type'])) && typeof part['text'] === 'string'
      ? { type: 'text', text: part['text'] }
      : undefined,
  );
  return parts.every((part) => part !== undefined) ? { role, content: parts } : undefined;
}

const TEXT_PARTS: ReadonlySet<string> = new Set(['input_text', 'output_text', 'text']);

function modelOf(view: PromptView): { model?: string } {
  return view.model === '' ? {} : { model: view.model };
}

function isTokenIds(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((id) => Number.isInteger(id) && id >= 0)
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
