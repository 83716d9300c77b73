import type { Agent, IncomingHttpHeaders } from 'node:http';
import { bodyOf, send } from './http.ts';

export interface Heard {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The last `usage` in the answer. */
  usage: Usage | undefined;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: { cached_tokens: number } | null;
}

export interface ChatOptions {
  stream?: boolean;
  maxTokens?: number;
  headers?: Record<string, string>;
  /** A connection of its own without one. */
  agent?: Agent;
}

/** One chat turn, read to its end. Throws when the connection breaks. */
export async function chat(
  url: string,
  content: string,
  { stream = true, maxTokens = 2, headers, agent }: ChatOptions = {},
): Promise<Heard> {
  const body = JSON.stringify({
    model: 'truth-model',
    messages: [{ role: 'user', content }],
    max_tokens: maxTokens,
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
  });
  const answer = await send(`${url}/v1/chat/completions`, {
    body,
    ...(headers && { headers }),
    ...(agent && { agent }),
  });
  const text = await bodyOf(answer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, text, usage: usageIn(text) };
}

function usageIn(text: string): Usage | undefined {
  const jsons = text.startsWith('data:')
    ? text.split('\n\n').map((event) => event.replace(/^data: /, ''))
    : [text];
  return jsons
    .filter((json) => json.startsWith('{'))
    .map((json) => (JSON.parse(json) as { usage?: Usage }).usage)
    .findLast((usage) => usage !== undefined);
}

/** So many words that no other name gives. */
export function wordsOf(name: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`).join(' ');
}
