import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { folderOf } from './peer.ts';

const run = promisify(execFile);

const SCRIPT = join(import.meta.dirname, '../peers/tiny_model.py');

/**
 * A model folder for `--load-format dummy`, made once beside the environment.
 * @param python of an environment with `tokenizers`
 */
export async function tinyModel(python: string): Promise<string> {
  const folder = join(folderOf(python), 'tiny-model');
  if (existsSync(folder)) return folder;
  const unfinished = mkdtempSync(`${folder}-`);
  await run(python, [SCRIPT, unfinished]);
  renameSync(unfinished, folder);
  return folder;
}
