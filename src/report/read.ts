import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { packageRoot } from '../base/package-root.ts';
import { REPORT_SCHEMA, type Report } from './model.ts';
import { findProblem, type JsonSchema } from '../schema/check-json.ts';
import { reportError } from './errors.ts';

/** Bound on a report file. 100,000 samples take about 40 MB. */
export const REPORT_BYTES_MAX = 512 * 1024 * 1024;

let schema: JsonSchema | undefined;

/** The published schema, read once. */
export function reportSchema(): JsonSchema {
  const path = join(packageRoot(), 'docs', 'report.schema.json');
  schema ??= JSON.parse(readFileSync(path, 'utf8')) as JsonSchema;
  return schema;
}

/**
 * A report from its JSON text, checked against the published schema.
 * @throws KvcacheError REPORT_INVALID (kind usage), `where` holding file and JSON path
 */
export function parseReport(text: string, file: string): Report {
  if (text.trim() === '') throw invalid(file, 'is empty');
  const other = /^\{"schema":"(kvcache\.samples\/[^"]*)"/.exec(text);
  if (other) throw invalid(file, `is a sample log of another version, ${other[1]}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(file, `is no JSON: ${messageOf(error)}`);
  }
  const found = (value as { schema?: unknown } | null)?.schema;
  if (found !== REPORT_SCHEMA) {
    const what = typeof found === 'string' ? `"${found}"` : 'no report at all';
    throw invalid(`${file} $.schema`, `is ${what}, expected "${REPORT_SCHEMA}"`);
  }
  const problem = findProblem(value, reportSchema());
  if (problem) throw invalid(`${file} ${problem.path}`, problem.problem);
  return value as Report;
}

function invalid(where: string, problem: string) {
  const message = `The report cannot be read: ${where.split(' ').at(-1)} ${problem}.`;
  return reportError('REPORT_INVALID', { message, where });
}
