import { constants, isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { baseError, KvcacheError, messageOf } from './errors.ts';
import { refusalOf } from './refusal.ts';

/** More than anybody writes by hand. */
const BYTES_MAX = 4 * 1024 * 1024;
/** For prompts, traces and bodies: what a string can hold. */
export const TEXT_BYTES_MAX = constants.MAX_STRING_LENGTH;

const PIECE_BYTES = 256 * 1024;

const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/**
 * A file that users name, without the byte order mark that editors on Windows put first.
 * @param shown how errors name it
 * @throws KvcacheError FILE_UNREADABLE, FILE_TOO_LARGE or FILE_NOT_TEXT (kind usage)
 */
export function readTextFile(
  path: string,
  { shown = path, bytesMax = BYTES_MAX }: { shown?: string; bytesMax?: number } = {},
): string {
  const bytes = bytesOf(path, shown, bytesMax);
  // Decoding replaces what is no UTF-8, so an id, a key or a prompt would silently be another one.
  if (!isText(bytes)) throw baseError('FILE_NOT_TEXT', { where: `${shown}:${badLine(bytes)}` });
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (!text.startsWith(LFS_POINTER)) return text;
  throw baseError('FILE_NOT_TEXT', {
    message: 'The file is a pointer of Git LFS.',
    where: shown,
    remedy: 'Fetch the file itself: git lfs pull.',
  });
}

function bytesOf(path: string, where: string, bytesMax: number): Buffer {
  try {
    const isTooLarge = statSync(path).size > bytesMax;
    const bytes = isTooLarge ? undefined : readAtMost(path, bytesMax);
    if (bytes !== undefined) return bytes;
    const message = `The file is larger than ${bytesMax} bytes.`;
    throw baseError('FILE_TOO_LARGE', { message, where });
  } catch (error) {
    if (error instanceof KvcacheError) throw error;
    throw unreadable(where, refusalOf(error)?.text ?? messageOf(error), error);
  }
}

/**
 * A file that users name, to be read piece by piece.
 * @param shown how errors name it
 * @returns its descriptor
 * @throws KvcacheError FILE_UNREADABLE (kind usage)
 */
export function openTextFile(path: string, shown = path): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw unreadable(shown, refusalOf(error)?.text ?? messageOf(error), error);
  }
  if (!fstatSync(file).isDirectory()) return file;
  closeSync(file);
  throw unreadable(shown, 'a folder is there');
}

function unreadable(where: string, reason: string, cause?: unknown): KvcacheError {
  const message = `The file cannot be read: ${reason}.`;
  return baseError('FILE_UNREADABLE', { message, where, cause });
}

/** Pipes and devices do not say how much they hold; undefined when it is more. */
function readAtMost(path: string, bytesMax: number): Buffer | undefined {
  const file = openSync(path, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let total = 0; total <= bytesMax;) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const length = readSync(file, piece);
      if (length === 0) return Buffer.concat(pieces, total);
      pieces.push(piece.subarray(0, length));
      total += length;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

const isText = (bytes: Buffer): boolean => isUtf8(bytes) && !bytes.includes(0);

function badLine(bytes: Buffer): number {
  const lines = bytes.toString('latin1').split('\n');
  return lines.findIndex((line) => !isText(Buffer.from(line, 'latin1'))) + 1;
}
