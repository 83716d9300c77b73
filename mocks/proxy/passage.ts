import { StringDecoder } from 'node:string_decoder';
import { isRecord, parseJson } from '../../src/base/json.ts';
import { messageOf } from '../../src/base/errors.ts';
import type { UpstreamReceiver } from '../../src/net/pool/pool-call.ts';
import { isHopByHop } from '../../src/protocol/headers.ts';
import { SseParser } from '../../src/protocol/sse.ts';
import type { AnswerSink } from '../engine/wire/answer-sink.ts';
import type { Reply } from '../http/reply.ts';

/** Beyond it the engine is not read until the client has caught up. */
const UNREAD_BYTES_MAX = 1024 * 1024;
const WHOLE_CHARS_MAX = 32 * 1024 * 1024;

/** One answer on its way from the real engine to the client: as it comes, or through a fault. */
export class Passage implements UpstreamReceiver {
  /** Goes on reading. */
  resume: () => void = () => {};
  readonly #reply: Reply;
  readonly #sink: AnswerSink | undefined;
  readonly #decoder = new StringDecoder('utf8');
  readonly #events = new SseParser();
  #form: 'plain' | 'stream' | 'whole' = 'plain';
  #text = '';
  #tokens = 0;

  /** @param sink breaks a completion that was answered with 200; without one nothing is broken */
  constructor(reply: Reply, sink: AnswerSink | undefined) {
    this.#reply = reply;
    this.#sink = sink;
  }

  onSent(): void {
    // Nothing to note.
  }

  onHead(status: number, rawHeaders: readonly string[]): void {
    const fields = passedOn(rawHeaders);
    if (status === 204 || status === 304) return this.#reply.send(status, fields, '');
    if (this.#sink === undefined || status !== 200) return this.#reply.open(status, fields);
    const isStream = /text\/event-stream/i.test(fieldOf(fields, 'content-type'));
    this.#form = isStream ? 'stream' : 'whole';
    if (isStream) this.#sink.openStream();
  }

  onChunk(chunk: Buffer): boolean {
    if (this.#form === 'stream') this.#pass(this.#events.push(chunk));
    else if (this.#form === 'plain') this.#reply.write(this.#decoder.write(chunk));
    else if (this.#text.length < WHOLE_CHARS_MAX) this.#text += this.#decoder.write(chunk);
    if (this.#reply.isOver || this.#reply.pendingBytes < UNREAD_BYTES_MAX) return true;
    this.#reply.onDrained(() => this.resume());
    return false;
  }

  onEnd(): void {
    if (this.#form === 'whole') this.#sink!.whole(this.#text + this.#decoder.end());
    else if (this.#form === 'plain') this.#reply.end(this.#decoder.end());
    else this.#pass(this.#events.end());
  }

  /** As a gateway that lost its engine. */
  onError(error: Error): void {
    const message = `The engine did not answer: ${messageOf(error)}.`;
    if (this.#reply.status === null && this.#form === 'plain') {
      this.#reply.send(
        502,
        ['content-type', 'application/json'],
        JSON.stringify({ error: { message } }),
      );
    } else this.#reply.hangUp('rst');
  }

  #pass(events: readonly { data: string }[]): void {
    for (const { data } of events) {
      if (data === '[DONE]') this.#sink!.endStream();
      else this.#sink!.frame(data, (this.#tokens += tokensIn(data)));
    }
    this.#sink!.flush();
  }
}

/** A frame that carries text is counted as one token, as engines send them one at a time. */
function tokensIn(data: string): number {
  const frame = parseJson(data);
  const [choice] = isRecord(frame) && Array.isArray(frame['choices']) ? frame['choices'] : [];
  if (!isRecord(choice)) return 0;
  const { delta, text } = choice;
  const content = isRecord(delta) ? (delta['content'] ?? delta['reasoning_content']) : text;
  return typeof content === 'string' && content !== '' ? 1 : 0;
}

function passedOn(rawHeaders: readonly string[]): string[] {
  const fields: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    const isOurs = name === 'content-length' || name === 'date';
    if (!isOurs && !isHopByHop(name)) fields.push(name, rawHeaders[index + 1]!);
  }
  return fields;
}

function fieldOf(fields: readonly string[], name: string): string {
  const index = fields.findIndex((it, at) => at % 2 === 0 && it === name);
  return index === -1 ? '' : fields[index + 1]!;
}
