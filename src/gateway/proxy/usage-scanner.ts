import { readJson } from '../../base/json.ts';
import type { EngineUsage } from '../listener/context.ts';

const KEY = Buffer.from('"usage"');
/** Longest usage object read; real ones have a few hundred bytes. */
const OBJECT_BYTES_MAX = 4_096;

/**
 * Finds the last `usage` object of an answer while it streams by, JSON or SSE alike, without
 * parsing the rest. Inside a JSON string the quotes would be escaped, so text cannot fake the key.
 */
export class UsageScanner {
  /** The end of the last chunk: a key, or an object that has begun, may be cut anywhere. */
  #carry: Buffer | undefined;
  #isInside = false;
  #usage: EngineUsage | undefined;

  /** As reported last; undefined when nothing was. */
  get usage(): EngineUsage | undefined {
    return this.#usage;
  }

  push(chunk: Buffer): void {
    const text = this.#carry === undefined ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = undefined;
    let from = 0;
    for (;;) {
      const keyAt = this.#isInside ? from : text.indexOf(KEY, from);
      if (keyAt === -1) break;
      this.#isInside = false;
      const end = objectEnd(text, keyAt + KEY.length);
      if (end === undefined) {
        if (text.length - keyAt > OBJECT_BYTES_MAX) {
          from = keyAt + KEY.length;
          continue;
        }
        this.#isInside = true;
        this.#carry = Buffer.from(text.subarray(keyAt));
        return;
      }
      this.#take(text.subarray(keyAt + KEY.length, end));
      from = end;
    }
    this.#carry = keyStart(text, from);
  }

  #take(member: Buffer): void {
    const colon = member.indexOf(':');
    if (colon === -1) return;
    const usage = readUsage(member.toString('utf8', colon + 1));
    if (usage) this.#usage = usage;
  }
}

/** The last bytes when they may be the beginning of the key. */
function keyStart(text: Buffer, from: number): Buffer | undefined {
  const quote = text.lastIndexOf(0x22);
  if (quote < from || quote <= text.length - KEY.length) return undefined;
  const tail = text.subarray(quote);
  return KEY.subarray(0, tail.length).equals(tail) ? Buffer.from(tail) : undefined;
}

/**
 * Index after the value that follows the key. A value that is no object ends at once; undefined
 * when the chunk ends first. Usage objects hold numbers and plain keys, never braces in strings.
 */
function objectEnd(text: Buffer, from: number): number | undefined {
  let depth = 0;
  for (let index = from; index < text.length; index++) {
    const byte = text[index]!;
    if (byte === 0x7b) depth++;
    else if (byte === 0x7d) {
      depth--;
      if (depth <= 0) return index + 1;
    } else if (depth === 0 && !isBeforeValue(byte)) return index;
  }
  return undefined;
}

/** Colon or white space. */
function isBeforeValue(byte: number): boolean {
  return byte === 0x3a || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function readUsage(json: string): EngineUsage | undefined {
  if (!json.includes('{')) return undefined;
  let value: Record<string, unknown>;
  try {
    value = readJson(json) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  // The Responses API says input and output where the older ones say prompt and completion.
  const promptTokens = count(value['prompt_tokens'] ?? value['input_tokens']);
  if (promptTokens === undefined) return undefined;
  const details = value['prompt_tokens_details'] ?? value['input_tokens_details'];
  return {
    promptTokens,
    completionTokens: count(value['completion_tokens'] ?? value['output_tokens']) ?? 0,
    cachedTokens: count((details as Record<string, unknown> | null | undefined)?.['cached_tokens']),
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
