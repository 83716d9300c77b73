import type { HeadFacts } from '../protocol/chat-evidence.ts';
import { DocumentReader } from './answer-document.ts';
import { AnswerFacts } from './answer-facts.ts';
import type { AnswerFault, AnswerReader } from './answer-reader.ts';
import { StreamReader } from './answer-stream.ts';

/** The reader for an answer by its head: a stream of events, or one JSON document. */
export function answerReader(status: number, head: HeadFacts, keepsText: boolean): AnswerReader {
  const facts = new AnswerFacts(head, keepsText);
  return status >= 400 ? new DocumentReader(facts, true) : new SniffingReader(head, facts);
}

/**
 * Looks at the first character: proxies lose content types, and servers that were asked for a stream
 * may answer with a document under the type of a stream. No field of an event stream begins like a
 * document.
 */
class SniffingReader implements AnswerReader {
  readonly facts: AnswerFacts;
  readonly #contentType: string | undefined;
  #reader: AnswerReader | undefined;

  constructor(head: HeadFacts, facts: AnswerFacts) {
    this.#contentType = head.contentType;
    this.facts = facts;
  }

  push(chunk: Buffer): number {
    this.#reader ??= this.#choose(chunk);
    return this.#reader?.push(chunk) ?? 0;
  }

  finish(): AnswerFault | undefined {
    return (this.#reader ?? new DocumentReader(this.facts)).finish();
  }

  /** Undefined while nothing but space has come. */
  #choose(chunk: Buffer): AnswerReader | undefined {
    const first = firstByte(chunk);
    if (first === undefined) return undefined;
    if (DOCUMENT_STARTS.has(first)) return new DocumentReader(this.facts);
    if (STREAM_STARTS.has(first)) return new StreamReader(this.facts);
    const isStream = this.#contentType?.startsWith('text/event-stream') ?? false;
    return isStream ? new StreamReader(this.facts) : new DocumentReader(this.facts);
  }
}

const DOCUMENT_STARTS: ReadonlySet<number> = new Set(Buffer.from('{[<"'));
/** A comment, or one of the fields data, event, id and retry. */
const STREAM_STARTS: ReadonlySet<number> = new Set(Buffer.from(':deir'));
/** White space, and the bytes of a byte order mark. */
const SKIPPED: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n\uFEFF'));

function firstByte(chunk: Buffer): number | undefined {
  let at = 0;
  while (SKIPPED.has(chunk[at]!)) at++;
  return chunk[at];
}
