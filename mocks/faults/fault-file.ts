import { statSync } from 'node:fs';
import { KvcacheError, messageOf } from '../../src/base/errors.ts';
import { readConfigFile } from '../../src/config/files.ts';
import { parseYamlNode } from '../../src/config/plain-yaml.ts';
import type { FaultBook } from './fault-book.ts';
import { type FaultRule, readFaultRules, ruleList } from './fault-rule.ts';

const POLL_MS = 250;

/** A file of fault rules (YAML or JSON; a list, or `{rules: […]}`) that may change while mocks serve. */
export class FaultFile {
  readonly #path: string;
  readonly #check: (rules: readonly FaultRule[]) => void;
  /** Of what was read last. */
  #known = '';

  /** @param check throws what its rules must not be */
  constructor(path: string, check: (rules: readonly FaultRule[]) => void = () => {}) {
    this.#path = path;
    this.#check = check;
  }

  /** @throws KvcacheError FILE_UNREADABLE, YAML_INVALID or FAULT_RULE_INVALID (kind usage) with the place */
  read(): FaultRule[] {
    // Before the content, so that a change in between is seen as one.
    this.#known = signature(this.#path);
    const rules = readFaultRules(ruleList(parseYamlNode(readConfigFile(this.#path))));
    this.#check(rules);
    return rules;
  }

  /**
   * Replaces the rules of all books when the file has changed since it was read. A file that cannot
   * be read leaves the rules in force and is reported. The returned function stops watching.
   */
  watch(books: readonly FaultBook[], report: (problem: string) => void): () => void {
    let changed: string | undefined;
    const timer = setInterval(() => {
      const current = signature(this.#path);
      // What still changes may be half written.
      const isAtRest = current === changed;
      changed = current === this.#known ? undefined : current;
      if (changed !== undefined && isAtRest) this.#reload(books, report);
    }, POLL_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  #reload(books: readonly FaultBook[], report: (problem: string) => void): void {
    try {
      const rules = this.read();
      for (const book of books) book.replace(rules);
    } catch (error) {
      report(`The fault rules stay as they were. ${problemText(error)}`);
    }
  }
}

function problemText(error: unknown): string {
  if (!(error instanceof KvcacheError)) return messageOf(error);
  const place = error.where === undefined ? '' : ` (${error.where})`;
  return `${error.message}${place} [${error.code}]`;
}

/** Differs whenever the file was written or replaced; empty while there is none to be seen. */
function signature(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return '';
  }
}
