import { LRUCache } from 'lru-cache';
import { crc32 } from 'node:zlib';

interface Remembered<Found> {
  body: Buffer;
  path: string;
  found: Found;
}

/** Counted for what is remembered, which holds a copy of the body and what was read from it. */
const BYTES_MAX = 16 * 1024 * 1024;
const ENTRY_BYTES = 1_024;
/** Token ids, which take most, take not quite twice their text once they are read. */
const BYTES_PER_BODY_BYTE = 3;
/** Longer bodies are read each time. */
const BODY_BYTES_MAX = 1024 * 1024;
const SEEN_SLOTS = 4_096;
/** Of a longer body, as much of its beginning and of its end make its mark. */
const MARKED_BYTES = 2_048;

/**
 * What was found in request bodies, for bodies that come again byte for byte: clients repeat
 * prompts, and comparing bytes costs a fraction of hashing them. A body is remembered from the second time on, so
 * that traffic in which none comes again pays for a checksum only.
 */
export class BodyMemory<Found> {
  readonly #known = new LRUCache<number, Remembered<Found>>({
    maxSize: BYTES_MAX,
    sizeCalculation: ({ body }) => ENTRY_BYTES + BYTES_PER_BODY_BYTE * body.length,
  });
  readonly #seen = new Uint32Array(SEEN_SLOTS);

  /** @param find reads a body; what it finds may refer to the bytes it was given */
  read(body: Buffer, path: string, find: (body: Buffer) => Found): Found {
    if (body.length > BODY_BYTES_MAX) return find(body);
    const mark = markOf(body);
    const known = this.#known.get(mark);
    if (known?.path === path && known.body.equals(body)) return known.found;
    if (this.#seen[mark % SEEN_SLOTS] !== mark) {
      this.#seen[mark % SEEN_SLOTS] = mark;
      return find(body);
    }
    // A body as it was received may be a small part of a large buffer.
    const copy = Buffer.allocUnsafeSlow(body.length);
    body.copy(copy);
    const found = find(copy);
    this.#known.set(mark, { body: copy, path, found });
    return found;
  }
}

/** Bodies of one length that begin and end alike take turns in one place, which costs time only. */
function markOf(body: Buffer): number {
  if (body.length <= 2 * MARKED_BYTES) return crc32(body);
  const end = crc32(body.subarray(body.length - MARKED_BYTES), body.length);
  return crc32(body.subarray(0, MARKED_BYTES), end);
}
