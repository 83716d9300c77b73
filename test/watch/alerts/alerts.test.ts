import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYamlNode } from '../../../src/config/plain-yaml.ts';
import { CAUSES } from '../../../src/verify/judge/causes/causes.ts';
import { ALERTS } from '../../../src/watch/alerts/alerts.ts';
import { SERIES } from '../../../src/watch/series.ts';
import { ROOT } from '../../helpers/exec.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

describe('the table of alerts', () => {
  it('names causes and series that are there', () => {
    const known = new Set(CAUSES.map(({ id }) => id));
    expect(ALERTS.flatMap(({ causes }) => causes).filter((id) => !known.has(id))).toEqual([]);
    const series = new Set(SERIES.map(({ id }) => id));
    expect(ALERTS.flatMap(({ explains }) => explains).filter((id) => !series.has(id))).toEqual([]);
  });

  it('accounts for every series', () => {
    const explained = new Set(ALERTS.flatMap(({ explains }) => explains));
    expect(SERIES.map(({ id }) => id).filter((id) => !explained.has(id))).toEqual([]);
  });

  it('stands in docs/watch.md', () => {
    const text = read('docs/watch.md');
    expect(ALERTS.filter(({ id }) => !text.includes(`\`${id}\``))).toEqual([]);
  });

  it('has a Prometheus rule each', () => {
    const rules = read('docs/alert-rules.yaml');
    expect(() => parseYamlNode({ file: 'alert-rules.yaml', text: rules })).not.toThrow();
    for (const { id, severity } of ALERTS) {
      expect(rules).toContain(
        `expr: kvcache_watch_alert{alert="${id}"} == 1\n        labels:\n          severity: ${severity}\n`,
      );
    }
  });
});
