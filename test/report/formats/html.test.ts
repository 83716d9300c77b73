import { randomUUID } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../../src/report/formats/html.ts';
import { STEPS_MAX } from '../../../src/report/html/ecdf.ts';
import type { Report, ReportSample, VerifyReport } from '../../../src/report/model.ts';
import { sampleLoadReport, sampleRunReport, sampleVerifyReport } from '../sample-reports.ts';

const parse = (report: Report): ReturnType<typeof parseHTML>['document'] =>
  parseHTML(renderHtml(report)).document;

const FIGURES = [
  'distribution-ttft',
  'distribution-latency',
  'paired',
  'funnel',
  'prediction',
  'endpoints',
];

describe('structure', () => {
  const report = sampleVerifyReport();
  const page = parse(report);

  it('says outcome and verdict before anything else', () => {
    const heading = page.querySelector('h1')!;
    const text = heading.textContent.replaceAll(/\s+/g, ' ').trim();
    expect(text).toMatch(/^(✓ Pass|\? Inconclusive|✗ Fail|⚠ Invalid) /);
    expect(text).toContain('Routing');
    expect(page.querySelector('h1, h2, h3, p, li, table')).toBe(heading);
  });

  it('has landmarks, one h1, and headings that skip no level', () => {
    for (const landmark of ['header', 'nav[aria-label]', 'main', 'footer']) {
      expect(page.querySelectorAll(`body > ${landmark}`)).toHaveLength(1);
    }
    const levels = [...page.querySelectorAll('h1,h2,h3')].map((it) => Number(it.tagName[1]));
    expect(levels[0]).toBe(1);
    expect(levels.filter((it) => it === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) {
      expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    }
  });

  it('names every figure, sums it up in words and lists its raw figures', () => {
    const ids = [...page.querySelectorAll('.plot')].map((it) => it.id);
    expect(ids).toEqual(expect.arrayContaining(FIGURES));
    for (const section of page.querySelectorAll('.plot')) {
      const image = section.querySelector('[role="img"]')!;
      expect(image.getAttribute('aria-label')!.length).toBeGreaterThan(30);
      expect(image.querySelectorAll('svg[aria-hidden="true"]').length).toBe(2);
      expect(section.querySelector('figcaption')!.textContent.trim()).not.toBe('');
      expect(section.querySelectorAll('details table tbody tr').length).toBeGreaterThan(0);
    }
  });

  it('gives every table a caption and every header a scope', () => {
    const tables = [...page.querySelectorAll('table')];
    expect(tables.length).toBeGreaterThan(20);
    for (const table of tables)
      expect(table.querySelector('caption')!.textContent.trim()).not.toBe('');
    for (const cell of page.querySelectorAll('th')) expect(cell.hasAttribute('scope')).toBe(true);
  });

  it('uses every id once and links only to what is there', () => {
    const ids = [...page.querySelectorAll('[id]')].map((it) => it.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const link of page.querySelectorAll('a[href^="#"]')) {
      expect(ids).toContain(link.getAttribute('href')!.slice(1));
    }
  });

  it('loads nothing', () => {
    const text = renderHtml(report);
    expect(text).not.toMatch(/(?:src|href|action|poster|data)="(?!#|data:,)/);
    expect(text).not.toMatch(/@import|url\(/);
    const policy = page.querySelector('meta[http-equiv="Content-Security-Policy"]')!;
    expect(policy.getAttribute('content')).toContain("default-src 'none'");
  });

  it('renders the same report to the same bytes', () => {
    expect(renderHtml(report)).toBe(renderHtml(report));
  });
});

describe('marks', () => {
  const report = sampleVerifyReport();
  const page = parse(report);
  const marks = (id: string, selector: string): number =>
    page.querySelectorAll(`#${id} svg.wide ${selector}`).length;

  it('draws one curve per arm and one marker per stated percentile', () => {
    const stated = report.result.arms.flatMap(({ ttft }) =>
      [ttft!.p50, ttft!.p95, ttft!.p99].filter(({ value }) => value !== null),
    );
    expect(marks('distribution-ttft', '.curve path')).toBe(report.result.arms.length);
    expect(marks('distribution-ttft', '.percentile > *')).toBe(stated.length);
    expect(marks('distribution-ttft', '.interval line')).toBe(
      stated.filter(({ interval }) => interval !== null).length,
    );
  });

  it('draws one stem per round and comparison', () => {
    const rounds = report.result.arms[0]!.blocks;
    expect(marks('paired', '.pair circle')).toBe(3 * rounds);
  });

  it('draws one bar per known stage', () => {
    const known = report.result.funnel!.stages.filter(({ tokens }) => tokens !== null);
    expect(marks('funnel', '.stage rect')).toBe(known.length);
  });

  it('draws every request into the prediction plot and its table', () => {
    const rows = [...page.querySelectorAll('#prediction tbody tr')];
    const requests = rows.map((it) => Number(it.querySelector('td:last-child')!.textContent));
    const compared = report.samples.filter(
      (it) => it.predictedTokens !== null && it.cachedTokens !== null,
    );
    expect(requests.reduce((sum, it) => sum + it, 0)).toBe(compared.length);
    expect(marks('prediction', '.prediction > *')).toBe(rows.length);
  });
});

describe('data', () => {
  it('holds every sample and figure of the report', () => {
    const report = sampleVerifyReport();
    const { samples, ...rest } = embedded(report);
    const { samples: expected, ...figures } = report;
    expect(rest).toEqual(JSON.parse(JSON.stringify(figures)));
    expect(decoded(samples)).toEqual(expected.map(roundTimes));
  });

  it('shows every leaf of the result in a table', () => {
    const report = sampleVerifyReport();
    const text = parse(report).querySelector('.facts')!.textContent;
    const { mean } = report.result.arms[0]!.ttft!;
    for (const leaf of [report.result.fingerprint, Number(mean.toPrecision(6))]) {
      expect(text).toContain(String(leaf));
    }
  });
});

describe('size', () => {
  it('stays under 1.5 MB for 10,000 samples', () => {
    const report = sampleVerifyReport({ rounds: 48, perBlock: 35 });
    expect(report.samples).toHaveLength(10_080);
    const text = renderHtml(withLongIds(report));
    expect(Buffer.byteLength(text)).toBeLessThan(1_500_000);
    expect(text).toContain(`about ${STEPS_MAX} steps`);
  });
});

describe('hostile text', () => {
  const HOSTILE = `"'><script>alert(1)</script><!--\u2028\u0000<img src=x onerror=alert(2)>]]>\`\${x}`;

  it('stays text wherever it stands', () => {
    const report = poisoned(sampleVerifyReport(), HOSTILE);
    const page = parse(report);
    expect(page.querySelectorAll('img').length).toBe(0);
    expect(page.querySelectorAll('script').length).toBe(2);
    for (const node of page.querySelectorAll('*')) {
      for (const name of node.getAttributeNames()) expect(name).not.toMatch(/^on/);
    }
    expect(page.querySelector('.checks')!.textContent).toContain('<script>alert(1)</script>');
  });

  it('cannot end the data block, and comes back unchanged', () => {
    const report = poisoned(sampleVerifyReport(), HOSTILE);
    const text = renderHtml(report);
    expect(text.match(/<\/script/gi)).toHaveLength(2);
    expect(text).not.toContain('<!--');
    expect(text).not.toContain('\u2028"');
    expect(embedded(report).checks[0]!.evidence).toBe(HOSTILE);
  });
});

describe('the other kinds', () => {
  it('shows a load run with what failed', () => {
    const page = parse(sampleLoadReport());
    const ids = [...page.querySelectorAll('.plot')].map((it) => it.id);
    expect(ids).toEqual(['distribution-ttft', 'distribution-latency', 'endpoints']);
    expect(page.querySelector('#distribution-latency figcaption')!.textContent).toContain(
      'ends below 100 %',
    );
  });

  it('shows who served what and what was cached in a scenario, and a summary of each step', () => {
    const page = parse(sampleRunReport());
    const plots = [...page.querySelectorAll('.plot')].map((it) => it.id);
    expect(plots).toEqual(['endpoints', 'cached']);
    expect(page.querySelectorAll('#cached svg.wide .cached circle').length).toBe(2);
    expect(page.querySelector('.tiles')!.textContent).toMatch(/Step second\s+100\.0.% cached/);
    expect(page.querySelector('.checks tbody tr')!.textContent).toContain('pins a hot prompt');
  });

  it('says that a partial run is partial', () => {
    const page = parse({ ...sampleVerifyReport(), isPartial: true, stopReason: 'Interrupted.' });
    expect(page.querySelector('.note')!.textContent).toContain('Interrupted.');
  });
});

interface Embedded extends Omit<VerifyReport, 'samples'> {
  samples: { columns: string[]; codes: Record<string, unknown[]>; rows: unknown[][] };
}

function embedded(report: Report): Embedded {
  const text = /id="report-data">([^<]*)<\/script>/.exec(renderHtml(report))![1]!;
  return JSON.parse(text) as Embedded;
}

function decoded({ columns, codes, rows }: Embedded['samples']): unknown[] {
  return rows.map((row) =>
    Object.fromEntries(
      row.map((cell, at) => {
        const name = columns[at]!;
        return [name, codes[name] ? codes[name][cell as number] : cell];
      }),
    ),
  );
}

function roundTimes(sample: ReportSample): ReportSample {
  const round = (ms: number | null): number | null => (ms === null ? null : Number(ms.toFixed(3)));
  return {
    ...sample,
    startMs: round(sample.startMs),
    ttftMs: round(sample.ttftMs),
    latencyMs: round(sample.latencyMs)!,
  };
}

function withLongIds(report: VerifyReport): VerifyReport {
  const samples = report.samples.map((it, index) => ({
    ...it,
    id: randomUUID(),
    startMs: 1e6 / 3 + index,
  }));
  return { ...report, samples };
}

/** The text in every place that a server, a user or a config can fill. */
function poisoned(report: VerifyReport, text: string): VerifyReport {
  const { result } = report;
  return {
    ...report,
    title: text,
    stopReason: text,
    isPartial: true,
    version: text,
    comparable: { [text]: text },
    checks: report.checks.map((it) => ({
      ...it,
      id: text,
      claim: text,
      expected: text,
      actual: text,
      evidence: text,
      remedy: text,
    })),
    samples: report.samples.map((it) => ({ ...it, id: text, servedBy: text, holder: text })),
    result: {
      ...result,
      versions: { ...result.versions, gateway: text, engines: { [text]: text } },
      targets: { ...result.targets, model: text, gatewayUrl: text },
      funnel: { ...result.funnel!, worstStage: 'held' },
      cause: { id: text, sentence: text, evidence: [text], remedy: text, considered: [text] },
      served: {
        ...result.served!,
        sources: result.served!.sources.map((it) => ({
          ...it,
          isTrusted: false,
          contradiction: text,
        })),
      },
      arms: result.arms.map((it) => ({ ...it, description: text })),
      comparisons: result.comparisons.map((it) => ({ ...it, claim: text, reason: text })),
      invalidations: [{ code: 'foreign-traffic', reason: text, remedy: text }],
    },
  };
}
