import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { type KvcacheError, messageOf } from '../base/errors.ts';
import { BUNDLE_SCHEMA, type Manifest } from './bundle.ts';
import { reportError } from './errors.ts';
import type { Report } from './model.ts';
import { parseReport, REPORT_BYTES_MAX } from './read.ts';

/** A report and its sample log; a small file may claim to be anything. */
const UNPACKED_BYTES_MAX = 4 * REPORT_BYTES_MAX;
const ENTRIES_MAX = 16;
/** What is looked into; of the others only the hash counts. */
const KEPT = new Set(['manifest.json', 'report.json']);

interface Entry {
  hash: string;
  content: Buffer;
}

/**
 * The report of a bundle, once every file's hash is found right. Nothing is unpacked to disk, and of
 * the sample log nothing stays in memory.
 * @throws KvcacheError BUNDLE_INVALID, REPORT_INVALID (kind usage)
 */
export async function readBundle(path: string): Promise<Report> {
  const entries = await readEntries(path);
  const manifest = manifestIn(entries, path);
  for (const [name, hash] of Object.entries(manifest.files)) {
    if (entries.get(name)?.hash !== hash) throw invalid(path, `${name} is not as it was sealed`);
  }
  const report = entries.get('report.json');
  if (!report) throw invalid(path, 'it holds no report.json');
  return parseReport(report.content.toString('utf8'), `${path}!report.json`);
}

async function readEntries(path: string): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  let problem: string | undefined;
  let claimedBytes = 0;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const bytesMax = KEPT.has(entry.path) ? REPORT_BYTES_MAX : UNPACKED_BYTES_MAX - claimedBytes;
      claimedBytes += entry.size;
      if (entry.size > bytesMax) problem ??= `${entry.path} is too much`;
      if (entries.size >= ENTRIES_MAX) problem ??= `it holds more than ${ENTRIES_MAX} files`;
      takeEntry(entry, problem === undefined, entries);
    },
  });
  parser.on('error', (error: Error) => (problem ??= messageOf(error)));
  try {
    let unpackedBytes = 0;
    for await (const chunk of createReadStream(path).pipe(createGunzip())) {
      unpackedBytes += (chunk as Buffer).length;
      if (unpackedBytes > UNPACKED_BYTES_MAX) problem ??= 'it unpacks to too much';
      if (problem !== undefined) break;
      parser.write(chunk as Buffer);
    }
    if (problem === undefined) parser.end();
  } catch (error) {
    problem ??= messageOf(error);
  }
  if (problem !== undefined) throw invalid(path, problem);
  return entries;
}

function takeEntry(entry: ReadEntry, isWanted: boolean, entries: Map<string, Entry>): void {
  if (!isWanted) {
    entry.resume();
    return;
  }
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  const isKept = KEPT.has(entry.path);
  entry.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    if (isKept) chunks.push(chunk);
  });
  entry.on('end', () =>
    entries.set(entry.path, { hash: hash.digest('hex'), content: Buffer.concat(chunks) }),
  );
}

function manifestIn(entries: ReadonlyMap<string, Entry>, path: string): Manifest {
  try {
    const text = entries.get('manifest.json')?.content.toString('utf8') ?? '';
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.schema === BUNDLE_SCHEMA && manifest.files['report.json']) return manifest;
  } catch {
    // Told below: no manifest and a broken one are the same to the reader.
  }
  throw invalid(path, `it holds no manifest of ${BUNDLE_SCHEMA}`);
}

function invalid(path: string, problem: string): KvcacheError {
  const message = `The bundle cannot be read: ${problem}.`;
  return reportError('BUNDLE_INVALID', { message, where: path });
}
