import { readFileSync, statSync } from 'node:fs';
import { KvcacheError, messageOf } from '../../src/base/errors.ts';
import { parsePlainYaml } from '../../src/config/plain-yaml.ts';
import { isRecord } from '../shape.ts';
import type { FaultBook } from './fault-book.ts';
import { type FaultRule, readFaultRules } from './fault-rule.ts';

const POLL_MS = 250;

/**
 * Reads a fault file (YAML or JSON; a list, or `{rules: […]}`).
 * @throws KvcacheError FILE_UNREADABLE, YAML_INVALID or FAULT_RULE_INVALID (kind usage)
 */
export function readFaultFile(file: string): FaultRule[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'FILE_UNREADABLE',
      message: `Cannot read the fault file: ${messageOf(error)}.`,
      where: file,
      remedy: 'Check the path.',
      cause: error,
    });
  }
  const value = parsePlainYaml(text, file) ?? [];
  return readFaultRules(isRecord(value) ? value['rules'] : value);
}

/**
 * Replaces the rules of all books whenever the file changes. A file that cannot be read leaves the
 * rules in force and is reported. The returned function stops watching.
 */
export function watchFaultFile(
  file: string,
  books: readonly FaultBook[],
  report: (problem: string) => void,
): () => void {
  const reload = (): void => {
    try {
      const rules = readFaultFile(file);
      for (const book of books) book.replace(rules);
    } catch (error) {
      report(`The fault rules stay as they were: ${messageOf(error)}`);
    }
  };
  // Not `watchFile`: what changes before its first look, it never notices.
  let known = signature(file);
  const timer = setInterval(() => {
    const current = signature(file);
    if (current === known) return;
    known = current;
    reload();
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Differs whenever the file was written or replaced; empty while there is none. */
function signature(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : '';
}
