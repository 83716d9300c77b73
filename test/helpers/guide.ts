import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './exec.ts';

/** The library guide's files: a block's first line is a comment with its name. */
export function guideFiles(): Map<string, string> {
  const text = readFileSync(join(ROOT, 'docs/guides/library.md'), 'utf8');
  const blocks = text.matchAll(/^```(?:js|ts)\n(\/\/ (\S+)\n[^]*?)^```/gm);
  return new Map([...blocks].map(([, block, name]) => [name!, block!]));
}

/** Writes those whose name ends so; gives their names. */
export function writeGuide(folder: string, ending: string): string[] {
  const files = [...guideFiles()].filter(([name]) => name.endsWith(ending));
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  return files.map(([name]) => name);
}
