import { type ChatUsage, contentOf, servedByOf, usageOf } from '../protocol/chat-evidence.ts';
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

/** The reader for an answer's head: a stream of events, or one JSON body. */
export function answerReader(headers: readonly Buffer[]): AnswerReader {
  const record = headerRecord(headers);
  const isStream = record['content-type']?.startsWith('text/event-stream') ?? false;
  return isStream ? new StreamReader(record) : new BodyReader(record);
}

abstract class EvidenceReader {
  readonly facts: AnswerFacts = {
    promptTokens: undefined,
    completionTokens: undefined,
    cachedTokens: undefined,
    servedBy: undefined,
    servedBySource: undefined,
  };
  readonly #headers: Record<string, string>;

  constructor(headers: Record<string, string>) {
    this.#headers = headers;
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
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): number {
    this.#bytes += chunk.length;
    if (this.#bytes <= BODY_BYTES_MAX) this.#chunks.push(chunk);
    return 0;
  }

  finish(): FailureClass | undefined {
    if (this.#bytes > BODY_BYTES_MAX) return 'protocol';
    const body = parseJson(this.#chunks);
    if (body === undefined || isErrorBody(body) || !hasChoices(body)) return 'protocol';
    this.takeUsage(body);
    this.takeServedBy(body);
    return hasOutput(body) || (this.facts.completionTokens ?? 0) > 0 ? undefined : 'empty';
  }
}

function parseJson(chunks: readonly Buffer[]): unknown {
  try {
    return JSON.parse((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8'));
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

/** Only the fields that can matter: parsing all of them for every answer would show in the CPU. */
function headerRecord(headers: readonly Buffer[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    const first = name[0]! | 0x20;
    if (first !== X && !(first === C && name.length === CONTENT_TYPE.length)) continue;
    record[name.toString('latin1').toLowerCase()] = headers[index + 1]!.toString('latin1');
  }
  return record;
}

const CONTENT_TYPE = 'content-type';
const X = 0x78;
const C = 0x63;
