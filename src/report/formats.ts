import { KvcacheError } from '../base/errors.ts';
import type { Report } from './model.ts';
import type { Look } from './terminal.ts';

/** From a report to text; only the terminal's form looks at the look. */
export type Render = (report: Report, look: Look) => string;

interface Format {
  /** Its name in a folder of reports. */
  fileName: string;
  load: () => Promise<Render>;
}

/** Every format; a renderer is loaded when it is asked for. */
export const FORMATS = {
  terminal: {
    fileName: 'report.txt',
    load: async () => (await import('./terminal.ts')).renderTerminal,
  },
  json: {
    fileName: 'report.json',
    load: async () => (await import('./samples-text.ts')).renderJson,
  },
  ndjson: {
    fileName: 'report-samples.ndjson',
    load: async () => (await import('./samples-text.ts')).renderNdjson,
  },
  csv: { fileName: 'samples.csv', load: async () => (await import('./samples-text.ts')).renderCsv },
  markdown: {
    fileName: 'report.md',
    load: async () => (await import('./markdown.ts')).renderMarkdown,
  },
  junit: { fileName: 'junit.xml', load: async () => (await import('./junit.ts')).renderJunit },
  github: {
    fileName: 'annotations.txt',
    load: async () => (await import('./github.ts')).renderGithub,
  },
  openmetrics: {
    fileName: 'metrics.txt',
    load: async () => (await import('./openmetrics.ts')).renderOpenMetrics,
  },
  html: { fileName: 'report.html', load: async () => (await import('./html.ts')).renderHtml },
} as const satisfies Record<string, Format>;

/** Loads a renderer. */
export function rendererOf(name: FormatName): Promise<Render> {
  return FORMATS[name].load();
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
    if (rest.length > 0 && path === '') throw invalid(part);
    return { format: name, path: path === '' ? undefined : path };
  });
}

function isFormat(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}

function unknown(name: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'REPORTER_UNKNOWN',
    message: `There is no reporter "${name}".`,
    remedy: `Choose from ${Object.keys(FORMATS).join(', ')}, each alone or as NAME=FILE.`,
  });
}

function invalid(part: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'REPORTER_INVALID',
    message: `--reporter "${part}" names no file.`,
    remedy: 'Write NAME for standard output or NAME=FILE.',
  });
}
