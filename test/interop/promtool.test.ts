import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { everyMetric } from '../helpers/every-metric.ts';

const isInstalled = spawnSync('promtool', ['--version']).status === 0;
if (!isInstalled) console.warn('skipped: promtool is not on PATH (Debian package: prometheus)');

it.skipIf(!isInstalled)(
  'promtool accepts every metric of ours that the gateway exports',
  async () => {
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await everyMetric(),
      encoding: 'utf8',
    });
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
    // Two of Pixiu's names carry units that are no base units; they are kept for its users.
    const ours = complaints.filter((line) => !/^pixiu_llm_\w+_(micro|milli)seconds_/.test(line));
    expect(ours).toEqual([]);
  },
);
