import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { baseError, messageOf } from '../base/errors.ts';
import { isRecord, parseJson } from '../base/json.ts';
import { refusalOf } from '../base/refusal.ts';
import { aggregate } from '../load/aggregate.ts';
import { readSamples } from '../load/read-samples.ts';
import { SAMPLES_END_SCHEMA, SAMPLES_NOTE_SCHEMA, SAMPLES_SCHEMA } from '../load/sample-log.ts';
import type { ShardFacts } from '../load/shard/shard-facts.ts';
import { SampleTable } from '../load/sample-table.ts';
import { rebuildVerification } from '../verify/result/rebuild.ts';
import { type LoadEnd, type LoadHead, loadReport } from './build-load.ts';
import { verifyReport } from './build-verify.ts';
import { KILLED } from './killed.ts';
import type { Report } from './model.ts';
import { parseReport, REPORT_BYTES_MAX } from './read.ts';

const FIRST_LINE_BYTES = 256;
/** The whole first line of a log, with every flag that was given. */
const HEAD_BYTES = 256 * 1024;
const GZIP_MAGIC = '\u001f\u008b';

/**
 * A report from whatever kvcache left behind: a report's JSON, the sample log of `verify` or `load`
 * (a killed run's too), a bundle, or a folder with a log or a report.
 * @throws KvcacheError FILE_UNREADABLE, REPORT_INVALID, SAMPLES_INVALID, BUNDLE_INVALID (kind usage)
 */
export async function readReport(path: string): Promise<Report> {
  const file = await findSource(path);
  const start = readStart(file);
  if (start.startsWith(GZIP_MAGIC)) return (await import('./read-bundle.ts')).readBundle(file);
  if (start.startsWith(`{"schema":"${SAMPLES_SCHEMA}"`)) {
    if (start.includes('"command":"capacity"')) {
      return (await import('./rebuild-capacity.ts')).rebuildCapacity(file);
    }
    return start.includes('"command":"verify"') ? rebuildVerify(file) : rebuildLoad(file);
  }
  if ((await statOf(file)).size > REPORT_BYTES_MAX) {
    throw unreadable(path, `it is larger than ${REPORT_BYTES_MAX} bytes`);
  }
  return parseReport(await readFile(file, 'utf8'), file);
}

/**
 * The file that tells most: in a folder its sample log, else its report.
 * @throws KvcacheError FILE_UNREADABLE (kind usage)
 */
export async function findSource(path: string): Promise<string> {
  if (!(await statOf(path)).isDirectory()) return path;
  // The log first: a report beside it may be of an earlier run.
  for (const name of ['samples.ndjson', 'report.json']) {
    const file = join(path, name);
    if (existsSync(file)) return file;
  }
  throw unreadable(path, 'the folder holds neither report.json nor samples.ndjson');
}

/** Whether a file is the log of one part of a plan. */
export function isShardLog(path: string): boolean {
  const start = readStart(path, HEAD_BYTES);
  if (!start.startsWith(`{"schema":"${SAMPLES_SCHEMA}"`)) return false;
  const head = parseJson(start.split('\n', 1)[0]!);
  return isRecord(head) && isRecord(head['shard']);
}

async function statOf(path: string): ReturnType<typeof stat> {
  try {
    return await stat(path);
  } catch (error) {
    throw unreadable(path, refusalOf(error)?.text ?? messageOf(error));
  }
}

function readStart(path: string, bytes = FIRST_LINE_BYTES): string {
  const buffer = Buffer.alloc(bytes);
  const fd = openSync(path, 'r');
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer));
  } finally {
    closeSync(fd);
  }
}

async function rebuildVerify(path: string): Promise<Report> {
  const { result, samples, exitCode } = await rebuildVerification(path);
  return verifyReport({ result, exitCode: exitCode ?? KILLED.exitCode }, samples);
}

async function rebuildLoad(path: string): Promise<Report> {
  let head: LoadHead | undefined;
  let end: LoadEnd | undefined;
  let shards: ShardFacts[] | undefined;
  const samples = new SampleTable();
  const rows = readSamples(path, (record) => {
    const { schema, ...rest } = record;
    if (schema === SAMPLES_END_SCHEMA) end = rest as unknown as LoadEnd;
    else if (schema === SAMPLES_NOTE_SCHEMA) shards = [rest['shard'] as ShardFacts];
    else head = rest as unknown as LoadHead;
  });
  for await (const sample of rows) if (sample.phase === 'measure') samples.push(sample);
  if (typeof head?.timeoutMs !== 'number') {
    throw unreadable(path, 'its header does not say what was asked for');
  }
  const result = aggregate(samples, head.timeoutMs, head.shard ? 'plan' : 'zero');
  return loadReport(head, end ?? { ...KILLED, prompts: null, audit: [] }, {
    result,
    samples,
    shards,
  });
}

function unreadable(path: string, problem: string) {
  return baseError('FILE_UNREADABLE', {
    message: `No report can be read there: ${problem}.`,
    where: path,
    remedy: 'Name a report.json, a sample log, a bundle, or a folder with one of them.',
  });
}
