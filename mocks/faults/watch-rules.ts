import { readFileSync, unwatchFile, watchFile } from 'node:fs';
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
  watchFile(file, { persistent: false, interval: POLL_MS }, reload);
  return () => unwatchFile(file, reload);
}
