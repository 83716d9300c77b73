import {
  type ChatUsage,
  contentOf,
  servedByHeaders,
  type ServedByHeaders,
  servedByOf,
  usageOf,
} from '../protocol/chat-evidence.ts';
import { SseParser } from '../protocol/sse.ts';
import type { FailureClass } from './sample.ts';

/** What an answer says, put together while it arrives. */
export interface AnswerFacts extends ChatUsage {
  servedBy: string | undefined;
  servedBySource: string | undefined;
}

/** Reads one answer piece by piece. */
export interface AnswerReader {
  /** @returns pieces of non-empty output in this chunk; 0 for a role chunk, a comment, half an event */
  push(chunk: Buffer): number;
  /** Why the answer is no success; undefined when it is one. */
  finish(): FailureClass | undefined;
  readonly facts: AnswerFacts;
}

const BODY_BYTES_MAX = 8 * 1024 * 1024;

/** Whatever can look up a header by its name in lower case. */
export interface HeaderLookup {
  get(name: string): string | undefined;
}

/** The reader for an answer's head: a stream of events, or one JSON body. */
export function answerReader(head: HeaderLookup): AnswerReader {
  const isStream = head.get('content-type')?.startsWith('text/event-stream') ?? false;
  return isStream ? new StreamReader(head) : new BodyReader(head);
}

abstract class EvidenceReader {
  readonly facts: AnswerFacts = {
    promptTokens: undefined,
    completionTokens: undefined,
    cachedTokens: undefined,
    servedBy: undefined,
    servedBySource: undefined,
  };
  readonly #headers: ServedByHeaders;

  constructor(head: HeaderLookup) {
    this.#headers = servedByHeaders(head);
    this.takeServedBy(undefined);
  }

  /** A later piece of the answer may know what an earlier one did not; the body beats a header. */
  protected takeServedBy(body: unknown): void {
    const served = servedByOf(body, this.#headers);
    this.facts.servedBy = served?.endpoint ?? this.facts.servedBy;
    this.facts.servedBySource = served?.source ?? this.facts.servedBySource;
  }

  protected takeUsage(body: unknown): void {
    const usage = usageOf(body);
    this.facts.promptTokens = usage.promptTokens ?? this.facts.promptTokens;
    this.facts.completionTokens = usage.completionTokens ?? this.facts.completionTokens;
    this.facts.cachedTokens = usage.cachedTokens ?? this.facts.cachedTokens;
  }
}

class StreamReader extends EvidenceReader implements AnswerReader {
  readonly #parser = new SseParser();
  #outputs = 0;
  #isDone = false;
  #isBroken = false;

  push(chunk: Buffer): number {
    let outputs = 0;
    try {
      for (const { data } of this.#parser.push(chunk)) if (this.#event(data)) outputs++;
    } catch {
      this.#isBroken = true;
    }
    this.#outputs += outputs;
    return outputs;
  }

  /** Whether the event carries output. */
  #event(data: string): boolean {
    if (data === '[DONE]') {
      this.#isDone = true;
      return false;
    }
    const chunk: unknown = JSON.parse(data);
    if (isErrorBody(chunk)) this.#isBroken = true;
    this.takeUsage(chunk);
    if (this.#outputs === 0) this.takeServedBy(chunk);
    return hasOutput(chunk);
  }

  finish(): FailureClass | undefined {
    if (this.#isBroken || !this.#isDone) return 'protocol';
    return this.#outputs === 0 ? 'empty' : undefined;
  }
}

class BodyReader extends EvidenceReader implements AnswerReader {
  #text = '';
  /** Bytes that may end within a character. */
  #tail: Buffer | undefined;
  #bytes = 0;

  /** Turned into text at once: the memory behind the chunk is read into again. */
  push(chunk: Buffer): number {
    this.#bytes += chunk.length;
    if (this.#bytes > BODY_BYTES_MAX) return 0;
    const bytes = this.#tail === undefined ? chunk : Buffer.concat([this.#tail, chunk]);
    const isWhole = (bytes.at(-1) ?? 0) < 0x80;
    this.#tail = isWhole ? undefined : Buffer.from(bytes);
    if (isWhole) this.#text += bytes.toString('utf8');
    return 0;
  }

  finish(): FailureClass | undefined {
    if (this.#bytes > BODY_BYTES_MAX) return 'protocol';
    const body = parseJson(this.#text + (this.#tail?.toString('utf8') ?? ''));
    if (body === undefined || isErrorBody(body) || !hasChoices(body)) return 'protocol';
    this.takeUsage(body);
    this.takeServedBy(body);
    return hasOutput(body) || (this.facts.completionTokens ?? 0) > 0 ? undefined : 'empty';
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isErrorBody(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body;
}

function hasChoices(body: unknown): boolean {
  return Array.isArray((body as { choices?: unknown } | null)?.choices);
}

interface OutputChunk {
  choices?: { delta?: { reasoning_content?: unknown; tool_calls?: unknown } }[];
}

/** Text, reasoning or a tool call; the empty role chunk that opens a stream is none of these. */
function hasOutput(body: unknown): boolean {
  if (contentOf(body) !== '') return true;
  const delta = (body as OutputChunk | null)?.choices?.[0]?.delta;
  const { reasoning_content: reasoning, tool_calls: calls } = delta ?? {};
  return (
    (typeof reasoning === 'string' && reasoning !== '') ||
    (Array.isArray(calls) && calls.length > 0)
  );
}
