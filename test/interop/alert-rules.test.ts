import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { read } from '../helpers/documents.ts';
import { ROOT } from '../helpers/exec.ts';

interface Rule {
  alert: string;
  expr: string;
  labels: object;
  annotations: Record<string, string>;
}

const RULES = join(ROOT, 'docs/alert-rules.yaml');
const isInstalled = spawnSync('promtool', ['--version']).status === 0;
if (!isInstalled) console.warn('skipped: promtool is not on PATH (Debian package: prometheus)');

const folder = mkdtempSync(join(tmpdir(), 'kvcache-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { groups } = parse(read('docs/alert-rules.yaml')) as { groups: [{ rules: Rule[] }] };
const rules = groups[0].rules.flatMap((rule) => {
  const id = /alert="([\w-]+)"/.exec(rule.expr)?.[1];
  return id === undefined ? [] : [{ ...rule, id }];
});

/** Two minutes of quiet, three in which one alert holds at one engine, and quiet again. */
function testOf(raised: (typeof rules)[number]) {
  const where = { alert: raised.id, engine: 'vllm-0' };
  const annotations = Object.entries(raised.annotations).map(
    ([name, text]) => [name, text.replace('{{ $labels.engine }}', where.engine)] as const,
  );
  const alert = {
    exp_labels: { ...where, ...raised.labels },
    exp_annotations: Object.fromEntries(annotations),
  };
  const at = (eval_time: string, isOn: boolean) =>
    rules.map(({ alert: alertname, id }) => ({
      eval_time,
      alertname,
      exp_alerts: isOn && id === raised.id ? [alert] : [],
    }));
  return {
    interval: '1m',
    input_series: rules.map(({ id }) => ({
      series: `kvcache_watch_alert{alert="${id}",engine="vllm-0"}`,
      values: id === raised.id ? '0x1 1x2 0x5' : '0x10',
    })),
    alert_rule_test: [...at('1m', false), ...at('3m', true), ...at('8m', false)],
  };
}

/** It reads for as long as it is told that something was read. */
const STALE = {
  interval: '1m',
  input_series: [
    { series: 'kvcache_watch_last_reading_timestamp_seconds', values: '0 60 120 120x20' },
  ],
  alert_rule_test: ['3m', '6m', '9m'].map((eval_time) => ({
    eval_time,
    alertname: 'KvcacheWatchStale',
    exp_alerts:
      eval_time === '9m'
        ? [
            {
              exp_labels: { severity: 'warning' },
              exp_annotations: groups[0].rules.at(-1)!.annotations,
            },
          ]
        : [],
  })),
};

describe.skipIf(!isInstalled)('promtool', () => {
  it('accepts the rules', () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', RULES], {
      encoding: 'utf8',
    });
    expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  });

  it('sees each raised by its own series, no other by it, and ended with it', () => {
    const file = join(folder, 'rules.test.yaml');
    const tests = [...rules.map(testOf), STALE];
    writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: '1m', tests }));
    expect(rules.length).toBeGreaterThan(10);
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], {
      encoding: 'utf8',
    });
    expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  });
});
