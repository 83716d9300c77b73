import { dirname, join } from 'node:path';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../helpers/exec.ts';
import { IMPORTS, SOURCES, targetOf } from './source-tree.ts';

/** Tables of things that are a file each, with the folder of the files and what each exports. */
const TABLES: readonly (readonly [table: string, folder: string, row: RegExp])[] = [
  ['src/gateway/policies/table.ts', '.', /^export const \w+: Policy = /m],
  ['src/net/controller/dialects.ts', '.', /^export const \w+: ControllerDialect = /m],
  ['mocks/controller/apis/index.ts', '.', /^export const \w+: ControllerApi = /m],
  ['src/target/engines/kinds.ts', '.', /^export const \w+: EngineKind = /m],
  ['src/report/formats.ts', 'formats', /^export (?:async )?function render/m],
  ['mocks/faults/kinds/index.ts', '.', /^export const \w+ = fault\(/m],
  ['src/doctor/doctor.ts', 'checks', /^export const \w+: Probe = /m],
  ['src/verify/judge/causes/causes.ts', '.', /^export const \w+: CauseRow = /m],
  ['src/watch/alerts/alerts.ts', '.', /^export const \w+: AlertRow = /m],
  ['src/prompts/breaks/culprits.ts', 'culprits', /^export const \w+: Culprit = /m],
  ['src/prompts/forms/forms.ts', '.', /^export const \w+: PromptForm = /m],
  ['src/traces/formats/formats.ts', '.', /^export const \w+(?:: TraceFormat)? = /m],
];

describe.each(TABLES)('the table %s', (table, below, row) => {
  const folder = join(dirname(table), below);
  const rows = SOURCES.filter(
    (file) =>
      dirname(file) === folder &&
      file !== table &&
      row.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  const imported = IMPORTS.filter(({ file }) => file === table).map(targetOf);

  it('has a row for every file', () => {
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.filter((file) => !imported.includes(file))).toEqual([]);
  });
});
