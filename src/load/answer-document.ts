import { parseJson } from '../base/json.ts';
import { errorIn, faultOf, protocolFault } from './answer-end.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { AnswerFault, AnswerReader } from './answer-reader.ts';
import { problemLine } from './problem.ts';

const BYTE_ORDER_MARK = 0xfeff;
const BODY_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Reads an answer that comes as one JSON document. It tells nothing before it is whole. An error status is
 * a failure whatever stands behind it; what stands there says why.
 */
export class DocumentReader implements AnswerReader {
  readonly facts: AnswerFacts;
  #text = '';
  /** Bytes that may end within a character. */
  #tail: Buffer | undefined;
  #bytes = 0;

  readonly #isError: boolean;

  constructor(facts: AnswerFacts, isError = false) {
    this.facts = facts;
    this.#isError = isError;
  }

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

  finish(): AnswerFault | undefined {
    if (this.#isError) return { failure: 'http', problem: this.#errorText() };
    if (this.#bytes > BODY_BYTES_MAX) {
      return protocolFault(`The answer is larger than ${BODY_BYTES_MAX} bytes.`);
    }
    const body = parseJson(this.#whole());
    if (body === undefined) return protocolFault(`Not JSON: ${this.#excerpt()}`);
    const error = errorIn(body);
    if (error !== undefined) return protocolFault(error);
    if (this.facts.take(body) === undefined) {
      return protocolFault(`No choices in the answer: ${this.#excerpt()}`);
    }
    return faultOf(this.facts);
  }

  #errorText(): string {
    return errorIn(parseJson(this.#whole())) ?? this.#excerpt();
  }

  #excerpt(): string {
    return problemLine(this.#whole()) || 'an empty body';
  }

  #whole(): string {
    const text = this.#tail === undefined ? this.#text : this.#text + this.#tail.toString('utf8');
    return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  }
}
