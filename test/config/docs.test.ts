import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keyRows, keyTable } from './key-table.ts';
import { RULES } from '../../src/config/rules.ts';
import { ROOT } from '../helpers/exec.ts';

// `npm run test:unit -- test/config/docs.test.ts -u` writes both pages anew.

it('docs/config-keys.md is the key table', async () => {
  const text = `# Keys of a gateway config\n\nGenerated from the schema; see [config.md](config.md).\n\n${keyTable()}`;
  await expect(text).toMatchFileSnapshot(join(ROOT, 'docs/config-keys.md'));
});

it('docs/config-rules.md is the list of rules', async () => {
  const rows = Object.entries(RULES).map(
    ([id, { severity, summary, effect, remedy }]) =>
      `| \`${id}\` | ${severity} | ${summary} | ${effect} | ${remedy} |`,
  );
  const text = [
    '# Rules of `kvcache config validate`',
    '',
    'Generated from the code; see [config.md](config.md).',
    '',
    '| rule | severity | what holds when it is kept | what breaking it does | remedy |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  await expect(text).toMatchFileSnapshot(join(ROOT, 'docs/config-rules.md'));
});

it('no key stands in the table twice', () => {
  const paths = keyRows().map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
});
