import type { Environment } from '../base/environment.ts';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, list, type ReadEntry } from 'tar';
import { messageOf } from '../base/errors.ts';
import { maskSecrets } from '../config/mask.ts';
import { parseReport } from './read.ts';
import type { Report } from './model.ts';
import { renderJson } from './formats/json.ts';
import { writeWhole } from './write.ts';
import { reportError } from './errors.ts';

const BUNDLE_SCHEMA = 'kvcache.bundle/v1';
const ENTRY_BYTES_MAX = 512 * 1024 * 1024;
const ENTRIES_MAX = 16;

export interface BundleParts {
  report: Report;
  /** Content of the sample log; null without one. */
  samples: Uint8Array | null;
  /** The gateway's config as rendered, secrets and all, and the variables that went into it. */
  config: { text: string; variables: Environment } | null;
}

interface Manifest {
  schema: typeof BUNDLE_SCHEMA;
  version: string;
  seed: number | null;
  /** Blocks in the order they were measured: round and arm. */
  order: [number, string][];
  /** Name → SHA-256, hex, of every other file. */
  files: Record<string, string>;
}

/**
 * Seals a run into one gzipped tar: report, sample log (counters included), masked config, and a
 * manifest with seed, order and hashes. Equal parts give equal bytes.
 * @param tempRoot where to put the files together; nothing stays there
 * @throws KvcacheError REPORT_UNWRITABLE (kind usage)
 */
export async function writeBundle(
  path: string,
  parts: BundleParts,
  tempRoot: string,
): Promise<void> {
  const folder = await mkdtemp(join(tempRoot, 'kvcache-bundle-'));
  try {
    const files = filesOf(parts);
    const manifest = `${JSON.stringify(manifestOf(parts.report, files))}\n`;
    const all = { 'manifest.json': manifest, ...files };
    for (const [name, content] of Object.entries(all)) await writeFile(join(folder, name), content);
    const file = join(folder, 'bundle.tgz');
    const names = Object.keys(all);
    await create({ file, cwd: folder, gzip: true, portable: true, mtime: new Date(0) }, names);
    await writeWhole(path, await readFile(file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function filesOf({ report, samples, config }: BundleParts): Record<string, string | Uint8Array> {
  return {
    'report.json': renderJson(report),
    ...(samples !== null && { 'samples.ndjson': samples }),
    ...(config !== null && { 'gateway.yaml': maskSecrets(config.text, config.variables).text }),
  };
}

function manifestOf(report: Report, files: Record<string, string | Uint8Array>): Manifest {
  const order: Manifest['order'] = [];
  for (const { block, arm } of report.samples) {
    const last = order.at(-1);
    if (last?.[0] !== block || last[1] !== arm) order.push([block, arm]);
  }
  return {
    schema: BUNDLE_SCHEMA,
    version: report.version,
    seed: report.seed,
    order,
    files: Object.fromEntries(
      Object.entries(files).map(([name, content]) => [name, sha256(content)]),
    ),
  };
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * The report of a bundle, once every file's hash is found right. Nothing is unpacked to disk.
 * @throws KvcacheError BUNDLE_INVALID, REPORT_INVALID (kind usage)
 */
export async function readBundle(path: string): Promise<Report> {
  const files = await readEntries(path);
  const manifest = manifestIn(files, path);
  for (const [name, hash] of Object.entries(manifest.files)) {
    const content = files.get(name);
    if (!content || sha256(content) !== hash)
      throw invalid(path, `${name} is not as it was sealed`);
  }
  const report = files.get('report.json');
  if (!report) throw invalid(path, 'it holds no report.json');
  return parseReport(report.toString('utf8'), `${path}!report.json`);
}

async function readEntries(path: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  let problem: string | undefined;
  const onReadEntry = (entry: ReadEntry): void => {
    if (entry.size > ENTRY_BYTES_MAX || files.size >= ENTRIES_MAX) {
      problem ??= `${entry.path} is too much`;
      entry.resume();
      return;
    }
    const chunks: Buffer[] = [];
    entry.on('data', (chunk: Buffer) => chunks.push(chunk));
    entry.on('end', () => files.set(entry.path, Buffer.concat(chunks)));
  };
  try {
    await list({ file: path, strict: true, onReadEntry });
  } catch (error) {
    throw invalid(path, messageOf(error));
  }
  if (problem !== undefined) throw invalid(path, problem);
  return files;
}

function manifestIn(files: ReadonlyMap<string, Buffer>, path: string): Manifest {
  try {
    const manifest = JSON.parse(files.get('manifest.json')?.toString('utf8') ?? '') as Manifest;
    if (manifest.schema === BUNDLE_SCHEMA && manifest.files['report.json']) return manifest;
  } catch {
    // Told below: no manifest and a broken one are the same to the reader.
  }
  throw invalid(path, `it holds no manifest of ${BUNDLE_SCHEMA}`);
}

function invalid(path: string, problem: string) {
  const message = `The bundle cannot be read: ${problem}.`;
  return reportError('BUNDLE_INVALID', { message, where: path });
}
