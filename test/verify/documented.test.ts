import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../src/report/read.ts';
import { ENGINE_KINDS } from '../../src/target/engines/kinds.ts';
import { VERIFY_PHASES } from '../../src/verify/experiment/events.ts';
import { CAUSES } from '../../src/verify/judge/causes/causes.ts';
import { VERIFY_METRICS } from '../../src/verify/judge/thresholds.ts';
import { ROOT } from '../helpers/exec.ts';

const PAGE = readFileSync(join(ROOT, 'docs', 'verify.md'), 'utf8');

/** The text under one heading. */
function section(title: string): string {
  const found = PAGE.split(/^## /m).find((it) => it.startsWith(`${title}\n`));
  if (found === undefined) throw new Error(`The page has no section "${title}".`);
  return found;
}

/** Codes in the first column of the tables of a section. */
function codesIn(title: string): string[] {
  return [...section(title).matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!).toSorted();
}

/** Values that the published schema allows for a member of a definition. */
function allowed(definition: string, member?: string): string[] {
  const found = reportSchema().definitions![definition]!;
  const schema = member === undefined ? found : found.properties![member]!;
  return (schema.enum as string[]).toSorted();
}

describe('docs/verify.md', () => {
  it('lists every cause, and no other', () => {
    expect(codesIn('Causes')).toEqual(CAUSES.map(({ id }) => id).toSorted());
  });

  it('names every kind of engine, and no other', () => {
    const names = ENGINE_KINDS.map(({ name }) => name).join(', ');
    expect(PAGE).toContain(`what they say of themselves: ${names}.`);
  });

  it('lists every code that invalidates a run, and no other', () => {
    expect(codesIn('What invalidates a run')).toEqual(allowed('Invalidation', 'code'));
  });

  it('lists every test of the probe, and no other', () => {
    expect(codesIn('How does it route?')).toEqual(allowed('RoutingTestId'));
  });

  it('names every comparison and arm', () => {
    const arms = section('Arms');
    for (const id of allowed('ComparisonId')) {
      expect(arms).toContain(`| ${id.replaceAll('-', ' ')} |`);
    }
    for (const id of allowed('ArmId')) {
      expect(arms).toContain(`| ${id} |`);
    }
  });

  it('names every metric of a threshold and every step', () => {
    const thresholds = section('Thresholds');
    const isNamed = (metric: string): boolean => {
      const [base, ...rest] = metric.split('.');
      const parts = [`\`${base}\``, `\`.${rest.join('.')}\``];
      return thresholds.includes(`\`${metric}\``) || parts.every((it) => thresholds.includes(it));
    };
    expect(Object.keys(VERIFY_METRICS).filter((it) => !isNamed(it))).toEqual([]);
    const steps = section('Steps').match(/^\d+\. /gm)!;
    expect(steps).toHaveLength(VERIFY_PHASES.length);
  });
});
