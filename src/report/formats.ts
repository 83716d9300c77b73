import { printableTexts } from '../base/printable.ts';
import type { Look } from './look.ts';
import type { Report } from './model.ts';
import { reportError } from './errors.ts';

/**
 * From a report to text in pieces, for a million samples are more than one string holds; only the terminal's form looks at
 * the look.
 */
export type Render = (report: Report, look: Look) => Iterable<string>;

interface Format {
  /** For help and docs. */
  summary: string;
  /** Its name in a folder of reports; null: lines, which may follow others on one stream. */
  fileName: string | null;
  /** A folder of reports has it unasked. */
  isUsual: boolean;
  load: () => Promise<Render>;
}

/** Read by people or CI: figures without the samples, and of what servers said nothing that either would obey. */
function forPeople(
  load: () => Promise<(report: Report, look: Look) => string>,
): () => Promise<Render> {
  return async () => {
    const render = await load();
    return (report, look) => [render(withoutSamples(report), look)];
  };
}

function withoutSamples(report: Report): Report {
  const names = Object.keys(report).filter((name) => name !== 'samples') as (keyof Report)[];
  const members = names.map((name) => [name, printableTexts(report[name])] as const);
  return { ...Object.fromEntries(members), samples: [] } as unknown as Report;
}

/** Every format, one file and one row each; a renderer is loaded when it is asked for. */
const FORMATS = {
  terminal: {
    summary: 'the summary people read; wrapped to the terminal',
    fileName: null,
    isUsual: false,
    load: forPeople(async () => (await import('./formats/terminal.ts')).renderTerminal),
  },
  json: {
    summary: 'the whole report, schema `kvcache.report/v1`',
    fileName: 'report.json',
    isUsual: true,
    load: async () => (await import('./formats/json.ts')).renderJson,
  },
  ndjson: {
    summary: 'the samples, one JSON object per line after a header',
    fileName: 'report-samples.ndjson',
    isUsual: false,
    load: async () => (await import('./formats/ndjson.ts')).renderNdjson,
  },
  csv: {
    summary: 'the samples as CSV (RFC 4180)',
    fileName: 'samples.csv',
    isUsual: false,
    load: async () => (await import('./formats/csv.ts')).renderCsv,
  },
  markdown: {
    summary: 'the verdict first, then the main table; for a pull request',
    fileName: 'report.md',
    isUsual: true,
    load: forPeople(async () => (await import('./formats/markdown.ts')).renderMarkdown),
  },
  junit: {
    summary: 'JUnit XML in the Maven Surefire shape',
    fileName: 'junit.xml',
    isUsual: true,
    load: forPeople(async () => (await import('./formats/junit.ts')).renderJunit),
  },
  github: {
    summary: 'annotations for GitHub Actions, Markdown for `$GITHUB_STEP_SUMMARY`',
    fileName: null,
    isUsual: false,
    load: forPeople(async () => (await import('./formats/github.ts')).renderGithub),
  },
  openmetrics: {
    summary: 'the main figures as gauges',
    fileName: 'metrics.txt',
    isUsual: true,
    load: forPeople(async () => (await import('./formats/openmetrics.ts')).renderOpenMetrics),
  },
  html: {
    summary: 'one page with plots, figures and every sample; needs no network',
    fileName: 'report.html',
    isUsual: true,
    load: async () => {
      const { renderHtml } = await import('./formats/html.ts');
      return (report) => [renderHtml(report)];
    },
  },
} as const satisfies Record<string, Format>;

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** What a format is, whichever it is. */
export function formatOf(name: FormatName): Format {
  return FORMATS[name];
}

export type FormatName = keyof typeof FORMATS;

/** One report asked for: a format, and where it goes; undefined is standard output. */
export interface ReporterChoice {
  format: FormatName;
  path: string | undefined;
}

/**
 * `terminal,junit=out.xml`.
 * @throws KvcacheError REPORTER_UNKNOWN, REPORTER_INVALID (kind usage)
 */
export function parseReporters(text: string): ReporterChoice[] {
  return text.split(',').map((part) => {
    const [name = '', ...rest] = part.trim().split('=');
    if (!isFormat(name)) throw unknown(name);
    const path = rest.join('=');
    if (rest.length > 0 && path === '')
      throw reportError('REPORTER_INVALID', { message: `--reporter "${part}" names no file.` });
    return { format: name, path: path === '' ? undefined : path };
  });
}

function isFormat(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}

function unknown(name: string) {
  return reportError('REPORTER_UNKNOWN', {
    message: `There is no reporter "${name}".`,
    remedy: `Choose from ${FORMAT_NAMES.join(', ')}, each alone or as NAME=FILE.`,
  });
}
