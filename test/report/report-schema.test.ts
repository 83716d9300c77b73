import { Ajv } from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';
import { describe, expect, it } from 'vitest';
import { parseReport, reportSchema } from '../../src/report/read.ts';
import { ROOT } from '../helpers/exec.ts';
import { sampleLoadReport, sampleRunReport, sampleVerifyReport } from './sample-reports.ts';

const REPORTS = {
  verify: sampleVerifyReport(),
  load: sampleLoadReport(),
  run: sampleRunReport(),
};
type Loose = Record<string, never>;

describe('published schema', () => {
  it('is what the model says; `npm run schema:report` renews it', () => {
    const generated = createGenerator({
      path: `${ROOT}/src/report/model.ts`,
      type: 'Report',
      tsconfig: `${ROOT}/tsconfig.json`,
      skipTypeCheck: true,
      topRef: false,
      additionalProperties: true,
    }).createSchema('Report');
    expect(reportSchema()).toEqual(JSON.parse(JSON.stringify(generated)));
  }, 60_000);

  it.each(Object.entries(REPORTS))('accepts a %s report', (_, report) => {
    const validate = new Ajv({ strict: false }).compile(reportSchema());
    const plain: unknown = JSON.parse(JSON.stringify(report));
    expect(validate(plain)).toBe(true);
    expect(plain).toEqual(report);
  });
});

describe('reading a report', () => {
  it.each(Object.entries(REPORTS))('gives back a %s report as it was written', (_, report) => {
    expect(parseReport(JSON.stringify(report), 'r.json')).toEqual(report);
  });

  it.each<[string, (report: Loose) => unknown, string]>([
    ['another schema', (it) => ({ ...it, schema: 'kvcache.load/v1' }), 'r.json $.schema'],
    ['a future version', (it) => ({ ...it, schema: 'kvcache.report/v2' }), 'r.json $.schema'],
    ['no object', () => [], 'r.json $.schema'],
    ['an unknown outcome', (it) => ({ ...it, outcome: 'great' }), 'r.json $.outcome'],
    ['a missing member', (it) => ({ ...it, checks: undefined }), 'r.json $.checks'],
    [
      'text for a number',
      (it) => ({ ...it, samples: [{ ...sampleVerifyReport().samples[0], latencyMs: '3' }] }),
      'r.json $.samples[0].latencyMs',
    ],
  ])('refuses %s and says where', (_, spoil, where) => {
    const text = JSON.stringify(spoil(REPORTS.verify as unknown as Loose));
    expect(() => parseReport(text, 'r.json')).toThrow(
      expect.objectContaining({ code: 'REPORT_INVALID', where }),
    );
  });

  it('refuses a verification of before there was a probe, and names what it lacks', () => {
    const { cause: _, routing: __, hitRate, ...result } = sampleVerifyReport().result;
    const { bounds: ___, strictInterval: ____, ...oldRate } = hitRate!;
    const old = { ...REPORTS.verify, result: { ...result, wiring: null, hitRate: oldRate } };
    expect(() => parseReport(JSON.stringify(old), 'r.json')).toThrow(
      expect.objectContaining({ code: 'REPORT_INVALID', where: 'r.json $.result.cause' }),
    );
  });

  it('refuses what is no JSON', () => {
    expect(() => parseReport('{"a":', 'r.json')).toThrow(
      expect.objectContaining({ code: 'REPORT_INVALID' }),
    );
  });

  it('agrees with a full validator on every single member taken away', () => {
    const validate = new Ajv({ strict: false }).compile(reportSchema());
    const report = { ...sampleVerifyReport(), samples: sampleVerifyReport().samples.slice(0, 1) };
    const isRead = (spoilt: unknown): boolean => {
      try {
        return parseReport(JSON.stringify(spoilt), 'r') !== undefined;
      } catch {
        return false;
      }
    };
    const disagreeing = pathsOf(report).filter((path) => {
      const spoilt = without(report, path);
      return isRead(spoilt) !== validate(spoilt);
    });
    expect(disagreeing).toEqual([]);
  });

  it('holds no secret of its input', () => {
    expect(JSON.stringify(REPORTS.verify)).not.toMatch(/secret/);
  });
});

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name])),
  ];
}

function without(value: unknown, path: readonly string[]): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  let parent: Record<string, unknown> = copy;
  for (const name of path.slice(0, -1)) parent = parent[name] as Record<string, unknown>;
  // An element of an array becomes null rather than a hole.
  if (Array.isArray(parent)) (parent as unknown[])[Number(path.at(-1))] = null;
  else delete parent[path.at(-1)!];
  return copy;
}
