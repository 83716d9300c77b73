import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KvcacheError } from '../../../src/base/errors.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { Journal } from '../../../mocks/admin/journal.ts';
import { FaultBook } from '../../../mocks/faults/fault-book.ts';
import { FaultFile } from '../../../mocks/faults/fault-file.ts';

const statusRule = (code: number): string => `- do: { status: { code: ${code} } }\n`;

let folder = '';
let path = '';
let book: FaultBook;
let problems: string[] = [];
let stop = (): void => {};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  folder = mkdtempSync(join(tmpdir(), 'kvcache-faults-'));
  path = join(folder, 'faults.yaml');
  const journal = new Journal('engine-a');
  book = new FaultBook({ owner: 'engine-a', seed: 1, clock: new VirtualClock(), journal });
  problems = [];
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

function watch(text: string): void {
  writeFileSync(path, text);
  const file = new FaultFile(path);
  book.replace(file.read());
  stop = file.watch([book], (problem) => problems.push(problem));
}

/** The status of the first rule in force, once so many looks at the file have passed. */
function statusAfter(looks: number): unknown {
  vi.advanceTimersByTime(looks * 250);
  const [rule] = book.rules;
  return rule?.action.parameters['code'];
}

describe('a file of fault rules', () => {
  it('is read again when it was written, or replaced as editors do', () => {
    watch(statusRule(500));
    expect(statusAfter(4)).toBe(500);
    writeFileSync(path, `rules:\n  ${statusRule(501)}`);
    expect(statusAfter(2)).toBe(501);
    writeFileSync(`${path}.new`, JSON.stringify([{ do: { status: { code: 502 } } }]));
    renameSync(`${path}.new`, path);
    expect(statusAfter(2)).toBe(502);
    expect(problems).toEqual([]);
  });

  it('is read again when a link points elsewhere', () => {
    writeFileSync(join(folder, 'one'), statusRule(501));
    writeFileSync(join(folder, 'two'), statusRule(502));
    symlinkSync('one', path);
    const file = new FaultFile(path);
    book.replace(file.read());
    stop = file.watch([book], (problem) => problems.push(problem));
    symlinkSync('two', `${path}.new`);
    renameSync(`${path}.new`, path);
    expect(statusAfter(2)).toBe(502);
  });

  it('that changed between its first reading and the first look is read again', () => {
    writeFileSync(path, statusRule(500));
    const file = new FaultFile(path);
    book.replace(file.read());
    writeFileSync(path, `\n${statusRule(501)}`);
    stop = file.watch([book], (problem) => problems.push(problem));
    expect(statusAfter(2)).toBe(501);
  });

  it('is left alone while it is being written or replaced', () => {
    watch(statusRule(500));
    writeFileSync(path, '');
    expect(statusAfter(1)).toBe(500);
    writeFileSync(path, statusRule(501));
    expect(statusAfter(1)).toBe(500);
    unlinkSync(path);
    expect(statusAfter(1)).toBe(500);
    writeFileSync(path, statusRule(502));
    expect(statusAfter(2)).toBe(502);
    expect(problems).toEqual([]);
  });

  it('leaves the rules in force when it is broken, and says once where', () => {
    watch(statusRule(500));
    writeFileSync(path, `${statusRule(501)}- when: { nth: 2 }\n  do: { explode: {} }\n`);
    expect(statusAfter(8)).toBe(500);
    expect(problems).toEqual([
      expect.stringMatching(
        /^The fault rules stay as they were\. rules\[1\]\.do names .*yaml:3:7\) \[FAULT_RULE_INVALID\]$/,
      ),
    ]);
    writeFileSync(path, '- do: { status: [');
    expect(statusAfter(8)).toBe(500);
    expect(problems.slice(1)).toEqual([expect.stringMatching(/yaml:1:\d+\) \[YAML_INVALID\]$/)]);
    writeFileSync(path, statusRule(503));
    expect(statusAfter(2)).toBe(503);
  });

  it('leaves the rules in force when it is gone or out of reach, and comes back', () => {
    watch(statusRule(500));
    rmSync(path);
    expect(statusAfter(8)).toBe(500);
    mkdirSync(path);
    expect(statusAfter(8)).toBe(500);
    rmSync(path, { recursive: true });
    symlinkSync('faults.yaml', path);
    expect(statusAfter(8)).toBe(500);
    expect(problems).toEqual([
      expect.stringContaining('no such file or folder'),
      expect.stringContaining('a folder is there'),
      expect.stringContaining('links lead in a circle'),
    ]);
    unlinkSync(path);
    writeFileSync(path, statusRule(503));
    expect(statusAfter(2)).toBe(503);
  });

  it('starts all counts anew when it is read again', () => {
    watch(`- times: 1\n  do: { omitDone: {} }\n`);
    const take = (): unknown =>
      book.match(
        {
          route: '/v1/completions',
          key: 'a',
          header: () => undefined,
          body: { stream: true },
          waiting: 0,
        },
        new Set(['omitDone']),
      )?.kind;
    expect([take(), take()]).toEqual(['omitDone', undefined]);
    writeFileSync(path, `# again\n- times: 1\n  do: { omitDone: {} }\n`);
    statusAfter(2);
    expect([take(), take()]).toEqual(['omitDone', undefined]);
  });

  it.each([
    ['- do: { status: { code: 99 } }', 1, 25],
    ['rules:\n  - do: { omitDone: {} }\n  - do: { hang: { s: 1 } }\n', 3, 19],
    [
      '{"rules": [\n{"do": {"omitDone": {}}},\n{"when": {"nth": 0}, "do": {"omitDone": {}}}]}',
      3,
      18,
    ],
    ['- &a { do: { omitDone: {} } }\n- { when: { nth: 1, nth: 2 } }', 2, 21],
    ['rule: []', 1, 1],
  ])('tells the place of what is wrong in %j', (text, line, column) => {
    writeFileSync(path, text);
    let error: unknown;
    try {
      new FaultFile(path).read();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(KvcacheError);
    expect((error as KvcacheError).where).toBe(`${path}:${line}:${column}`);
  });

  it('may be empty', () => {
    writeFileSync(path, '# nothing yet\n');
    expect(new FaultFile(path).read()).toEqual([]);
  });
});
