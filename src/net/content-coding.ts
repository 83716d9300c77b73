import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

/** How to undo one content coding (RFC 9110 §8.4.1). */
interface Coding {
  whole(body: Buffer, options: { maxOutputLength: number }): Promise<Buffer>;
  /** @param head the first bytes of what will be written */
  stream(head: Buffer): Transform;
}

type Whole = (
  body: Buffer,
  options: { maxOutputLength: number },
  callback: (error: Error | null, result: Buffer) => void,
) => void;

const wholeOf = (decompress: unknown): Coding['whole'] => promisify(decompress as Whole);

/** Node has zstd since 22.15; the types are those of an older one. */
const late = zlib as unknown as {
  zstdDecompress?: unknown;
  createZstdDecompress?: () => Transform;
};

const GZIP: Coding = { whole: wholeOf(zlib.gunzip), stream: () => zlib.createGunzip() };
const inflate = wholeOf(zlib.inflate);
const inflateRaw = wholeOf(zlib.inflateRaw);

const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  [
    'deflate',
    {
      whole: (body, options) => (hasZlibHeader(body) ? inflate : inflateRaw)(body, options),
      stream: (head) => (hasZlibHeader(head) ? zlib.createInflate() : zlib.createInflateRaw()),
    },
  ],
  ['br', { whole: wholeOf(zlib.brotliDecompress), stream: () => zlib.createBrotliDecompress() }],
  ...(late.createZstdDecompress
    ? [
        [
          'zstd',
          { whole: wholeOf(late.zstdDecompress), stream: late.createZstdDecompress },
        ] as const,
      ]
    : []),
]);

/** Nobody needs more, and every one is another chance to blow up what came before. */
const CODINGS_MAX = 3;

/** Codings of a `Content-Encoding` value in the order in which they are undone; empty = plain. */
export function contentCodings(value: string | undefined): string[] {
  if (value === undefined || value === '') return [];
  return value
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
    .reverse();
}

/**
 * A body without its codings, of at most `bytesMax` bytes after each. Undefined when one of them is
 * not known here, the body is not what it says, or more would come out of it.
 */
export async function decodeBody(
  body: Buffer,
  codings: readonly string[],
  bytesMax: number,
): Promise<Buffer | undefined> {
  const known = findAll(codings);
  if (!known) return undefined;
  let plain = body;
  try {
    for (const coding of known) plain = await coding.whole(plain, { maxOutputLength: bytesMax });
  } catch {
    return undefined;
  }
  return plain;
}

/** Streams that undo the codings one after the other; undefined when one is not known here. */
export function createDecoders(
  codings: readonly string[],
  head: Buffer,
): [Transform, ...Transform[]] | undefined {
  const known = findAll(codings);
  // What is below another coding cannot be seen yet, and is what the standard says.
  const [first, ...rest] = known?.map((it, index) => it.stream(index === 0 ? head : ZLIB)) ?? [];
  return first && [first, ...rest];
}

function findAll(codings: readonly string[]): Coding[] | undefined {
  if (codings.length > CODINGS_MAX) return undefined;
  const known = codings.map((name) => CODINGS.get(name));
  return known.every((coding) => coding !== undefined) ? known : undefined;
}

/** As zlib streams begin. */
const ZLIB = Buffer.from([0x78, 0x9c]);

/** "deflate" is a zlib stream, but some senders leave its two bytes of header out. */
function hasZlibHeader(body: Buffer): boolean {
  const [method = 0, flags = 0] = body;
  return (method & 0x0f) === 8 && (body.length < 2 || ((method << 8) | flags) % 31 === 0);
}
