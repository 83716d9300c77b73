import type { Environment } from '../base/environment.ts';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { create } from 'tar';
import { maskSecrets } from '../config/mask.ts';
import type { Report } from './model.ts';
import { renderJson } from './formats/json.ts';
import { writeWhole } from './write.ts';

export const BUNDLE_SCHEMA = 'kvcache.bundle/v1';

export interface BundleParts {
  report: Report;
  /** Path of the sample log, which may be larger than memory; null without one. */
  samples: string | null;
  /** The gateway's config as rendered, secrets and all, and the variables that went into it. */
  config: { text: string; variables: Environment } | null;
}

export interface Manifest {
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
    const files = await putTogether(folder, parts);
    const manifest = `${JSON.stringify(manifestOf(parts.report, files))}\n`;
    await writeFile(join(folder, 'manifest.json'), manifest);
    const names = ['manifest.json', ...Object.keys(files)];
    const archive = { cwd: folder, gzip: true, portable: true, mtime: new Date(0) };
    await writeWhole(path, (file) => create({ ...archive, file }, names));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lays the files out; returns the hash of each. */
async function putTogether(folder: string, parts: BundleParts): Promise<Manifest['files']> {
  const { report, samples, config } = parts;
  const names = ['report.json'];
  await writeFile(join(folder, 'report.json'), renderJson(report));
  if (samples !== null) {
    names.push('samples.ndjson');
    await copyFile(samples, join(folder, 'samples.ndjson'));
  }
  if (config !== null) {
    names.push('gateway.yaml');
    const masked = maskSecrets(config.text, config.variables).text;
    await writeFile(join(folder, 'gateway.yaml'), masked);
  }
  const files: Manifest['files'] = {};
  for (const name of names) files[name] = await sha256(join(folder, name));
  return files;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function manifestOf(report: Report, files: Manifest['files']): Manifest {
  const order: Manifest['order'] = [];
  for (const { block, arm } of report.samples) {
    const last = order.at(-1);
    if (last?.[0] !== block || last[1] !== arm) order.push([block, arm]);
  }
  return { schema: BUNDLE_SCHEMA, version: report.version, seed: report.seed, order, files };
}
