import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderHtml } from '../../src/report/formats/html.ts';
import { callProgram } from '../helpers/call-program.ts';
import { ROOT } from '../helpers/exec.ts';
import { sampleLoadReport, sampleRunReport, sampleVerifyReport } from '../report/sample-reports.ts';

/** The kinds of report that have a page. */
export const KINDS = ['verify', 'load', 'run', 'prompts', 'simulate'] as const;

/** What the commands that measure nothing write a page of. */
const CALLS = {
  prompts: `prompts analyze fixtures/prompts/depot.jsonl`,
  simulate: `simulate --workload shared-prefix --requests 80 --seeds 3 --engines 3`,
};

/** A page of each kind, by name. */
export async function writePages(folder: string): Promise<Record<string, string>> {
  const pages: Record<string, string> = {};
  const samples = {
    verify: sampleVerifyReport(),
    load: sampleLoadReport(),
    run: sampleRunReport(),
    large: sampleVerifyReport({ rounds: 50, perBlock: 40 }),
  };
  for (const [name, report] of Object.entries(samples)) {
    pages[name] = join(folder, `${name}.html`);
    writeFileSync(pages[name], renderHtml(report));
  }
  for (const [name, call] of Object.entries(CALLS)) {
    pages[name] = join(folder, `${name}.html`);
    const args = [...call.split(' '), '--reporter', `html=${pages[name]}`];
    const { exitCode, stderr } = await callProgram(args, ROOT);
    if (exitCode !== 0) throw new Error(`${call}: ${stderr}`);
  }
  return pages;
}
