import { describe, expect, it } from 'vitest';
import { type FormatName, formatOf } from '../../src/report/formats.ts';
import type { VerifyReport } from '../../src/report/model.ts';
import { PLAIN_LOOK } from '../../src/report/look.ts';
import { comparisonName } from '../../src/verify/result/names.ts';
import type { Comparison } from '../../src/verify/result/result-arms.ts';
import { parseHTML } from 'linkedom';
import { sampleVerifyReport, type Scene } from './sample-reports.ts';

const SCENES: Record<string, Scene> = {
  'a clear gain': { routed: 1 },
  'a gain that some misses blur': { routed: 0.9 },
  'random routing': { routed: 0.5, learns: 'none' },
  'always the wrong engine': { routed: 0, learns: 'none' },
  'misses that nobody reports': { silent: 'misses', routed: 0.5, learns: 'memory' },
  'silence of everybody': { silent: 'always', learns: 'unknown' },
  'a header that lies': { isLying: true, routed: 0.5, learns: 'none' },
  'prefix caching off': { warmMs: 120 },
  'a slow gateway': { taxMs: 150 },
  'a slow gateway that routes right': { routed: 1, taxMs: 90, routingOff: 'direct' },
  'some failures': { failing: 0.05 },
  'too many failures': { failing: 0.3 },
  'a gateway alone': {
    replicas: 2,
    gatewayMode: 'running',
    hasController: false,
    learns: 'memory',
  },
  'a second gateway for routing off': { routed: 1, routingOff: 'baseline-gateway' },
  'one engine only': { replicas: 1, gatewayMode: 'running', hasController: false },
  'a control that differs': { routed: 1, disturbanceMs: 60 },
  'a run cut short': { rounds: 4, stopReason: 'Stopped by the user.' },
};

const REPORTS = Object.entries(SCENES).map(
  ([name, scene]) => [name, sampleVerifyReport(scene)] as const,
);
const WORDS = { pass: ['faster'], fail: ['slower', 'no gain'], inconclusive: ['open'] };
const ALL_WORDS = Object.values(WORDS).flat();
const GAINS = ['cache-gain', 'routing-gain', 'cache-and-routing'];

const LOOK = { ...PLAIN_LOOK, width: 240 };
const rendered = new Map<string, Promise<string>>();

async function render(format: FormatName, report: VerifyReport): Promise<string> {
  return [...(await formatOf(format).load())(report, LOOK)].join('');
}

/** Each scene in each format once. */
function scene(name: string, format: FormatName): Promise<string> {
  const key = `${format} ${name}`;
  const report = REPORTS.find(([it]) => it === name)![1];
  if (!rendered.has(key)) rendered.set(key, render(format, report));
  return rendered.get(key)!;
}

const TEXTS = ['terminal', 'markdown', 'junit', 'github', 'html'] as const;

/** What a format says of a comparison: the rest of its first line that begins with the name. */
function lineOf(text: string, format: (typeof TEXTS)[number], { id }: Comparison): string {
  if (format === 'html') return htmlRow(text, id);
  const name = `${format === 'markdown' ? '| ' : ''}${comparisonName(id).name}:`;
  const line = text.split(/\n|%0A|::/).find((it) => it.startsWith(name));
  if (line === undefined) throw new Error(`${format} does not tell ${id}.`);
  return line;
}

/** Parsing a whole page for each look would take seconds. */
function htmlRow(text: string, id: Comparison['id']): string {
  const section = /<section id="evidence"[^]*?<\/section>/.exec(text)![0];
  const rows = [...parseHTML(section).document.querySelectorAll('tbody tr')];
  const name = `${comparisonName(id).name}:`;
  const row = rows.find((it) => it.querySelector('th')!.textContent.trim().startsWith(name));
  if (!row) throw new Error(`The page does not tell ${id}.`);
  return row.querySelector('td:last-child')!.textContent;
}

describe.each(REPORTS)('%s', (name, report) => {
  const { comparisons, invalidations } = report.result;

  it('has one judgement of each gain: comparison, check and direction agree', () => {
    for (const comparison of comparisons) {
      const check = report.checks.find(({ id }) => id === comparison.id);
      expect(comparison.outcome !== null).toBe(GAINS.includes(comparison.id));
      expect(check?.outcome ?? null).toBe(comparison.outcome);
      if (comparison.outcome === 'pass') expect(comparison.verdict).toBe('better');
      if (comparison.outcome === 'fail') expect(['worse', 'no-gain']).toContain(comparison.verdict);
      if (comparison.outcome === 'inconclusive') expect(comparison.verdict).toBe('inconclusive');
    }
  });

  it.each(TEXTS)('says of every comparison in %s what its outcome says', async (format) => {
    const text = await scene(name, format);
    for (const comparison of comparisons) {
      const line = lineOf(text, format, comparison);
      const said = ALL_WORDS.filter((word) => new RegExp(`\\b${word}\\b`).test(line));
      const outcomes = Object.entries(WORDS).filter(([, words]) =>
        words.some((it) => said.includes(it)),
      );
      expect(said.length).toBeLessThanOrEqual(1);
      expect(outcomes.map(([outcome]) => outcome)).toEqual(
        comparison.outcome === null ? [] : [comparison.outcome],
      );
      expect(/not judged|it differs/.test(line)).toBe(comparison.outcome === null);
      expect(line.includes('not to be trusted')).toBe(
        comparison.outcome !== null && invalidations.length > 0,
      );
    }
  });

  it('says the same in OpenMetrics', async () => {
    const text = await scene(name, 'openmetrics');
    for (const { id, outcome } of comparisons) {
      const line = `kvcache_comparison_outcome{comparison="${id}",outcome="${outcome}"} 1`;
      expect(text.includes(line)).toBe(outcome !== null);
    }
  });

  it('has a headline that no check contradicts', () => {
    const outcome = (id: string): string | undefined =>
      report.checks.find((it) => it.id === id)?.outcome;
    const gain = outcome('routing-gain') ?? outcome('cache-and-routing');
    const claims: [RegExp, boolean][] = [
      [/^The run must not be trusted/, invalidations.length > 0],
      [/ saves \d/, gain === 'pass'],
      [/saves nothing|longer:/, gain === 'fail'],
      [/is open/, gain === 'inconclusive'],
      [/Routing does not bring/, outcome('preferred-hit-rate') === 'fail'],
    ];
    const said = claims.filter(([pattern]) => pattern.test(report.result.headline));
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter(([, isTrue]) => !isTrue)).toEqual([]);
  });

  it.each([...TEXTS, 'openmetrics', 'ndjson'] as const)(
    'says first in %s what was judged',
    async (format) => {
      const text = visible(await scene(name, format), format);
      const { gatewayMode, model } = report.result.targets;
      const isLoud = gatewayMode === 'embedded';
      const at = text.indexOf(isLoud ? 'EMBEDDED' : 'http://10.0.0.7:8888');
      expect(at).toBeGreaterThan(-1);
      expect(text).toContain(`${model}`);
      const figures = ['preflight', 'cache gain', 'cache-gain', 'comparable'];
      const places = figures.map((it) => text.indexOf(it)).filter((it) => it !== -1);
      expect(at).toBeLessThan(Math.min(...places));
    },
  );

  it.each(TEXTS)(
    'hides neither unknown requests nor contradictions nor the cause in %s',
    async (format) => {
      const text = plain(visible(await scene(name, format), format), format);
      const { hitRate, served, cause } = report.result;
      for (const { isTrusted, contradiction } of served?.sources ?? []) {
        if (!isTrusted) expect(text).toContain(contradiction);
      }
      if (hitRate && hitRate.unknown > 0) {
        expect(text).toMatch(new RegExp(`\\b${hitRate.unknown}\\b`));
        expect(text).toContain(`${(100 * hitRate.bounds!.high).toFixed(1)} %`);
      }
      if (cause) {
        for (const part of [cause.sentence, cause.remedy, ...cause.evidence, ...cause.considered]) {
          expect(text).toContain(part);
        }
      }
    },
  );
});

describe('the scenes', () => {
  it('cover every outcome, with and without a cause', () => {
    const outcomes = REPORTS.map(([, report]) => report.outcome);
    expect(new Set(outcomes)).toEqual(new Set(['pass', 'fail', 'inconclusive', 'invalid']));
    const gains = REPORTS.flatMap(([, { result }]) => result.comparisons.map((it) => it.outcome));
    expect(new Set(gains)).toEqual(new Set(['pass', 'fail', 'inconclusive', null]));
    expect(REPORTS.some(([, { result }]) => result.cause === null)).toBe(true);
  });
});

describe('a null comparison', () => {
  const nullOf = (report: VerifyReport): Comparison =>
    report.result.comparisons.find(({ id }) => id === 'null')!;
  const withNull = (low: number, high: number): VerifyReport => {
    const report = sampleVerifyReport();
    nullOf(report).interval = { low, high, confidence: 0.95 };
    return report;
  };

  it.each(TEXTS)('says in %s when it could not have shown a factor of 2', async (format) => {
    const says = 'could not have shown a factor of 2';
    expect(await render(format, withNull(0.7, 1.4))).not.toContain(says);
    expect(plain(await render(format, withNull(0.7, 2.1)), format)).toContain(says);
    expect(plain(await render(format, withNull(0.4, 1.1)), format)).toContain(says);
  });
});

/** Without what only machines read. */
function visible(text: string, format: string): string {
  if (format !== 'html') return text;
  const body = /<body>[^]*?<h2 id="(?:plots|checks)-title"/.exec(text)![0];
  return body
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"');
}

/** As a reader sees it: escapes taken back, breaks and special blanks made equal. */
function plain(text: string, format: string): string {
  const read =
    format === 'markdown'
      ? text.replaceAll(/\\([\\`*_[\]|~#])/g, '$1')
      : format === 'github'
        ? text.replaceAll('%25', '%')
        : text;
  return read
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('\u2212', '-');
}
