import { messageOf } from '../base/errors.ts';
import { readJson } from '../base/json.ts';
import { type SseEvent, SseParser } from '../protocol/sse.ts';
import { errorIn, faultOf, protocolFault } from './answer-end.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { AnswerFault, AnswerReader } from './answer-reader.ts';

/** Events that only keep the connection open, by their type or as all their data. */
const KEEP_ALIVES: ReadonlySet<string> = new Set(['ping', 'heartbeat', 'keepalive', 'keep-alive']);

/** Reads an answer that comes as server-sent events. */
export class StreamReader implements AnswerReader {
  readonly facts: AnswerFacts;
  readonly #parser = new SseParser();
  /** Choices that have begun, and those that have said why they end. */
  readonly #open = new Set<number>();
  readonly #finished = new Set<number>();
  #isDone = false;
  #fault: AnswerFault | undefined;

  constructor(facts: AnswerFacts) {
    this.facts = facts;
    facts.isStreamed = true;
  }

  push(chunk: Buffer): number {
    return this.#read(() => this.#parser.push(chunk));
  }

  /** The first fault stays: what follows it tells nothing more. */
  #read(events: () => SseEvent[]): number {
    if (this.#fault) return 0;
    let outputs = 0;
    try {
      for (const event of events()) if (this.#event(event)) outputs++;
    } catch (error) {
      this.#fault = protocolFault(messageOf(error));
    }
    return outputs;
  }

  /** Whether the event carries output. */
  #event({ type, data }: SseEvent): boolean {
    if (data === '[DONE]') {
      this.#isDone = true;
      return false;
    }
    if (isKeepAlive(type, data)) return false;
    const chunk = type === 'error' ? parseError(data) : readJson(data);
    const error = errorIn(chunk);
    if (error !== undefined) throw new Error(error);
    return this.#take(chunk);
  }

  #take(chunk: unknown): boolean {
    const choices = this.facts.take(chunk);
    if (choices === undefined) return false;
    for (const index of choices.open) this.#open.add(index);
    for (const index of choices.finished) this.#finished.add(index);
    return choices.text !== '';
  }

  finish(): AnswerFault | undefined {
    this.#read(() => this.#parser.end());
    if (this.#fault) return this.#fault;
    const hasEnded = this.#open.size > 0 && this.#open.size === this.#finished.size;
    if (this.#isDone || hasEnded) return faultOf(this.facts);
    return protocolFault('The stream ended without [DONE] or a finish reason.');
  }
}

function isKeepAlive(type: string, data: string): boolean {
  // What begins as most chunks do need not be looked at whole.
  if (type === 'message' && data.startsWith('{')) return false;
  const text = data.trim().toLowerCase();
  return text === '' || KEEP_ALIVES.has(type) || KEEP_ALIVES.has(text);
}

/** An event of type `error` is an error whatever its data looks like. */
function parseError(text: string): unknown {
  try {
    const said = readJson(text);
    return errorIn(said) === undefined ? { error: said } : said;
  } catch {
    return { error: { message: text } };
  }
}
