import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Check } from '../../src/base/outcome.ts';
import { kvcache, ROOT } from './exec.ts';

export interface RunDocument {
  schema: string;
  scenario: string;
  outcome: string;
  exitCode: number;
  seed: number;
  routing: string;
  checks: Check[];
  steps: { name: string; requests: number; failed: number; servedBy: Record<string, number> }[];
  members: { role: string; id: string; url: string; pid: number }[];
  workDir: string | null;
}

const tmp = mkdtempSync(join(tmpdir(), 'kvcache-scenarios-'));

/** `kvcache run … --json`, its document and exit code held to agree. */
export async function runScenario(...args: string[]): Promise<RunDocument> {
  const result = await kvcache(['run', ...args, '--json'], { env: { TMPDIR: tmp } });
  const document = JSON.parse(result.stdout) as RunDocument;
  expect(document.schema).toBe('kvcache.run/v1');
  expect(result.code).toBe(document.exitCode);
  return document;
}

/** A shipped scenario with one thing changed, as a file of its own. */
export function changedScenario(name: string, from: RegExp, to: string): string {
  const text = readFileSync(join(ROOT, 'fixtures/scenarios', `${name}.yaml`), 'utf8');
  expect(text).toMatch(from);
  const file = join(mkdtempSync(join(tmp, 'own-')), `${name}.yaml`);
  writeFileSync(file, text.replace(from, to));
  return file;
}
