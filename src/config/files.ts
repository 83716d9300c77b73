import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { open, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { ByteStore } from '../base/byte-store.ts';
import { KvcacheError, systemErrorCode } from '../base/errors.ts';
import type { YamlSource } from './yaml-source.ts';

const BYTES_MAX = 4 * 1024 * 1024;

/**
 * Reads a config or template; positions will show `shown`.
 * @throws KvcacheError CONFIG_UNREADABLE, CONFIG_TOO_LARGE or CONFIG_NOT_UTF8 (kind usage)
 */
export async function readConfigFile(path: string, shown = path): Promise<YamlSource> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(path, shown);
  } catch (error) {
    if (error instanceof KvcacheError) throw error;
    throw unreadable(systemErrorCode(error) ?? 'unknown error', shown, error);
  }
  if (!isUtf8(bytes)) throw notUtf8(bytes, shown);
  return { text: bytes.toString('utf8'), file: shown };
}

/** A pipe may never end and a device never does: neither is opened. */
async function readBounded(path: string, shown: string): Promise<Buffer> {
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory()) {
    throw unreadable('it is a pipe or a device, not a file', shown);
  }
  const handle = await open(path);
  try {
    const bytes = new ByteStore();
    for await (const piece of handle.createReadStream({ end: BYTES_MAX, autoClose: false })) {
      bytes.add(piece as Buffer);
    }
    if (bytes.length > BYTES_MAX) throw tooLarge(shown);
    return bytes.take();
  } finally {
    await handle.close();
  }
}

function unreadable(why: string, where: string, cause?: unknown): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'CONFIG_UNREADABLE',
    message: `The file cannot be read: ${why}.`,
    where,
    remedy: 'Check path and permissions; `kvcache config init` writes a starter.',
    cause,
  });
}

function tooLarge(where: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'CONFIG_TOO_LARGE',
    message: `The file is larger than ${BYTES_MAX} bytes.`,
    where,
    remedy: 'Check that this is the config you mean.',
  });
}

/** Decoding replaces what is no UTF-8, so an id or a key would silently be another one. */
function notUtf8(bytes: Buffer, file: string): KvcacheError {
  const lines = bytes.toString('latin1').split('\n');
  const bad = lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1')));
  return new KvcacheError({
    kind: 'usage',
    code: 'CONFIG_NOT_UTF8',
    message: 'The file is not UTF-8 text.',
    where: `${file}:${bad + 1}`,
    remedy: 'Save it as UTF-8.',
  });
}

/**
 * Writes a file only its owner may read, all at once: a reader sees the old or the new one. One with
 * nothing in it, as `> FILE` of a shell leaves it, is no file to lose.
 * @throws KvcacheError FILE_EXISTS (kind usage) unless `overwrite`, or FILE_NOT_WRITTEN
 */
export async function writePrivateFile(
  path: string,
  text: string,
  options: { overwrite: boolean },
): Promise<void> {
  try {
    if (options.overwrite || (await isEmptyFile(path))) await replaceFile(path, text);
    else await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw notWritten(path, error);
  }
}

async function isEmptyFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === 0;
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.close();
    await rename(draft, path);
  } catch (error) {
    await handle.close().catch(() => {});
    await unlink(draft).catch(() => {});
    throw error;
  }
}

function notWritten(path: string, error: unknown): KvcacheError {
  if (systemErrorCode(error) === 'EEXIST') {
    return new KvcacheError({
      kind: 'usage',
      code: 'FILE_EXISTS',
      message: 'The file is there already and was left alone.',
      where: path,
      remedy: 'Name another file, or overwrite it with --force.',
    });
  }
  return new KvcacheError({
    kind: 'usage',
    code: 'FILE_NOT_WRITTEN',
    message: `The file cannot be written: ${systemErrorCode(error) ?? 'unknown error'}.`,
    where: path,
    remedy: 'Check that the folder exists and may be written to.',
    cause: error,
  });
}
