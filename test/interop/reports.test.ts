import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { formatOf } from '../../src/report/formats.ts';
import { PLAIN_LOOK } from '../../src/report/look.ts';
import { JUNIT_XSD } from '../report/junit-schema.ts';
import { HOSTILE, REPORTS } from '../report/report-set.ts';

const ALL = Object.entries({ ...REPORTS, hostile: HOSTILE });

function isInstalled(program: string, debianPackage: string): boolean {
  const isThere = spawnSync(program, ['--version']).status === 0;
  if (!isThere) console.warn(`skipped: ${program} is not on PATH (Debian: ${debianPackage})`);
  return isThere;
}

async function check(format: 'junit' | 'openmetrics', [program, ...args]: [string, ...string[]]) {
  const render = await formatOf(format).load();
  return ALL.map(([name, report]) => {
    const input = [...render(report, PLAIN_LOOK)].join('');
    const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
    return { name, status, said: `${stdout}${stderr}`.trim() };
  });
}

describe('reports before the tools of others', () => {
  it.skipIf(!isInstalled('promtool', 'prometheus'))(
    'promtool accepts our OpenMetrics',
    async () => {
      for (const { name, status, said } of await check('openmetrics', [
        'promtool',
        'check',
        'metrics',
      ])) {
        expect({ name, status, said }).toEqual({ name, status: 0, said: '' });
      }
    },
  );

  it.skipIf(!isInstalled('xmllint', 'libxml2-utils'))('xmllint accepts our JUnit', async () => {
    for (const { name, status, said } of await check('junit', [
      'xmllint',
      '--noout',
      '--schema',
      JUNIT_XSD,
      '-',
    ])) {
      expect({ name, status, said }).toEqual({ name, status: 0, said: '- validates' });
    }
  });
});
