import type { Clock } from '../base/clock.ts';
import {
  type ChatUsage,
  type HeadFacts,
  headFactsOf,
  type ServedBy,
  servedByOf,
  usageOf,
} from '../protocol/chat-evidence.ts';
import { choicesOf } from '../protocol/chat-output.ts';
import { SseParser } from '../protocol/sse.ts';
import { callHttp, type HttpAnswer } from './http-client.ts';

export interface ChatCall {
  /** Base URL; the request goes to its `/v1/chat/completions`. */
  url: string;
  model: string;
  /** One user message, or a whole chat. */
  prompt: string | readonly { role: string; content: string }[];
  maxTokens?: number | undefined;
  stream: boolean;
  headers?: Readonly<Record<string, string>>;
  timeoutMs: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/** One chat request and everything its answer says about who served it and what was cached. */
export interface ChatExchange {
  status: number;
  /** Of the response. */
  headers: HttpAnswer['headers'];
  /** As received: a JSON document, or the text of an event stream. */
  body: string;
  servedBy: ServedBy | undefined;
  usage: ChatUsage;
  routing: { reason: string | undefined; predictedCachedTokens: number | undefined };
  /**
   * Request sent → first non-empty piece of text. Undefined unless a stream was asked for; a server
   * that answers that with one whole document shows its first text together with its last byte.
   */
  ttftMs: number | undefined;
  /** Request sent → last byte. */
  latencyMs: number;
}

/** @throws KvcacheError UNREACHABLE, TIMEOUT, ANSWER_TOO_LARGE (kind target); the signal's reason when aborted */
export async function exchangeChat(call: ChatCall): Promise<ChatExchange> {
  const { clock } = call;
  const startMs = clock.nowMs();
  let ttftMs: number | undefined;
  const chunks: unknown[] = [];
  const parser = new SseParser();
  const readEvents = (bytes: Buffer): void => {
    for (const { data } of parser.push(bytes)) {
      const chunk = parseJson(data);
      if (chunk === undefined) continue;
      chunks.push(chunk);
      if (ttftMs === undefined && contentOf(chunk) !== '') ttftMs = clock.nowMs() - startMs;
    }
  };
  const answer = await callHttp({
    url: `${call.url}/v1/chat/completions`,
    json: chatBody(call),
    timeoutMs: call.timeoutMs,
    signal: call.signal,
    ...(call.headers && { headers: call.headers }),
    ...(call.stream && { onChunk: readEvents }),
  });
  const latencyMs = clock.nowMs() - startMs;
  return {
    ...evidenceOf(answer, chunks),
    status: answer.status,
    headers: answer.headers,
    body: answer.text,
    ttftMs: ttftMs ?? (isWholeAnswer(call, answer, chunks) ? latencyMs : undefined),
    latencyMs,
  };
}

function isWholeAnswer(call: ChatCall, answer: HttpAnswer, chunks: readonly unknown[]): boolean {
  return call.stream && chunks.length === 0 && contentOf(parseJson(answer.text)) !== '';
}

function chatBody({ model, prompt, maxTokens, stream }: ChatCall): object {
  return {
    model,
    messages: typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt,
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  };
}

/** A server that was asked for a stream may still answer with one document. */
function evidenceOf(
  answer: HttpAnswer,
  chunks: readonly unknown[],
): Pick<ChatExchange, 'servedBy' | 'usage' | 'routing'> {
  const documents = chunks.length > 0 ? chunks : [parseJson(answer.text)];
  const withUsage = documents.findLast((document) => usageOf(document).promptTokens !== undefined);
  const head = headFactsIn(answer.headers);
  const named = documents.map(servedByOf).find((endpoint) => endpoint !== undefined);
  return {
    servedBy:
      named === undefined ? head.servedBy : { endpoint: named, source: 'body served_by' as const },
    usage: usageOf(withUsage),
    routing: { reason: head.reason, predictedCachedTokens: head.predictedTokens },
  };
}

function contentOf(body: unknown): string {
  return choicesOf(body)?.text ?? '';
}

/** As `headFactsOf`, of headers by their names. */
export function headFactsIn(headers: HttpAnswer['headers']): HeadFacts {
  return headFactsOf(
    Object.entries(headers).flatMap(([name, value]) => [name, [value ?? ''].flat()[0]!]),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
