import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../src/report/read.ts';
import type { JsonSchema } from '../../src/report/validate.ts';
import { VERIFY_PHASES } from '../../src/verify/experiment/events.ts';
import { CAUSES } from '../../src/verify/judge/causes/causes.ts';
import { VERIFY_METRICS } from '../../src/verify/judge/thresholds.ts';
import { ROOT } from '../helpers/exec.ts';

const PAGE = readFileSync(join(ROOT, 'docs', 'verify.md'), 'utf8');

/** The text under one heading. */
function section(title: string): string {
  const found = PAGE.split(/^## /m).find((it) => it.startsWith(`${title}\n`));
  expect(found, title).toBeDefined();
  return found!;
}

/** Codes in the first column of the tables of a section. */
function codesIn(title: string): string[] {
  return [...section(title).matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!).toSorted();
}

/** Values that the published schema allows for a member of a definition. */
function allowed(definition: string, member: string): unknown[] {
  const { properties } = reportSchema().definitions![definition]!;
  return (properties![member] as JsonSchema).enum!;
}

describe('docs/verify.md', () => {
  it('lists every cause, and no other', () => {
    expect(codesIn('Causes')).toEqual(CAUSES.map(({ id }) => id).toSorted());
  });

  it('lists every code that invalidates a run, and no other', () => {
    expect(codesIn('What invalidates a run')).toEqual(allowed('Invalidation', 'code').toSorted());
  });

  it('lists every test of the probe, and no other', () => {
    const ids = reportSchema().definitions!['RoutingTestId']!.enum!;
    expect(codesIn('How does it route?')).toEqual(ids.toSorted());
  });

  it('names every comparison and arm', () => {
    const arms = section('Arms');
    for (const id of reportSchema().definitions!['ComparisonId']!.enum as string[]) {
      expect(arms).toContain(`| ${id.replaceAll('-', ' ')} |`);
    }
    for (const id of reportSchema().definitions!['ArmId']!.enum as string[]) {
      expect(arms).toContain(`| ${id} |`);
    }
  });

  it('names every metric of a threshold and every step', () => {
    const thresholds = section('Thresholds');
    for (const metric of Object.keys(VERIFY_METRICS)) {
      const [base, ...rest] = metric.split('.');
      const isWhole = thresholds.includes(`\`${metric}\``);
      expect(
        isWhole ||
          (thresholds.includes(`\`${base}\``) && thresholds.includes(`\`.${rest.join('.')}\``)),
        metric,
      ).toBe(true);
    }
    const steps = section('Steps').match(/^\d+\. /gm)!;
    expect(steps).toHaveLength(VERIFY_PHASES.length);
  });
});
