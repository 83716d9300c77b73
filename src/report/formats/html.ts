import { createHash } from 'node:crypto';
import { printableTexts } from '../../base/printable.ts';
import { formatDuration } from '../../base/duration.ts';
import { formatCount } from '../../base/figures.ts';
import { headline } from '../headline.ts';
import { checksTable, warnings } from '../html/checks.ts';
import { evidenceSection, explanations } from '../html/evidence.ts';
import { judgedFacts } from '../judged.ts';
import { judgedList } from '../html/judged.ts';
import { dataBlock, SAVE_SCRIPT, saveButtons } from '../html/data.ts';
import { factsOf } from '../html/facts.ts';
import { type Figure, figureSection } from '../html/figure.ts';
import { figuresOf } from '../html/figures.ts';
import { type Content, markup, trusted, unbroken } from '../html/markup.ts';
import { STYLE } from '../html/style.ts';
import { tileList, tilesOf } from '../html/tiles.ts';
import { outcomeBadge } from '../html/badge.ts';
import type { Report } from '../model.ts';

/**
 * The report as one page that needs nothing else: no network, no fonts. It is safe to open whatever
 * the servers said: every text is escaped, and the page's policy runs one script, known by its hash.
 */
export function renderHtml(told: Report): string {
  const report = printableTexts(told);
  const figures = figuresOf(report);
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${contentPolicy()}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="${`kvcache ${report.version}`}" />
        <title>${`${report.outcome}: ${report.title}`}</title>
        <link rel="icon" href="data:," />
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        ${header(report)} ${contents(report, figures)}
        <main id="main">
          ${overview(report)} ${problems(report)} ${evidenceSection(report)}
          ${figures.length > 0 ? plots(figures) : null} ${heldChecks(report)}
          ${allFigures(report)}
        </main>
        ${footer(report)} ${dataBlock(told)}
        ${trusted(`<script>${SAVE_SCRIPT}</script>`)}
      </body>
    </html> `;
  return page.text;
}

function contentPolicy(): string {
  const hash = createHash('sha256').update(SAVE_SCRIPT).digest('base64');
  const rules = ["default-src 'none'", "style-src 'unsafe-inline'", 'img-src data:'];
  return [...rules, `script-src 'sha256-${hash}'`, "base-uri 'none'", "form-action 'none'"].join(
    '; ',
  );
}

function header(report: Report): Content {
  const { title, startedAt, durationMs, seed, outcome } = report;
  const isSaid = judgedFacts(report).some(({ name }) => name === 'seed');
  const facts = [
    title,
    ...(startedAt === null ? [] : [startedAt]),
    ...(durationMs === null ? [] : [formatDuration(durationMs)]),
    ...(seed === null || isSaid ? [] : [`seed ${seed}`]),
  ];
  return markup`<header>
    <h1>${outcomeBadge(outcome)} ${unbroken(headline(report))}</h1>
    ${judgedList(report)}
    <p class="soft">${facts.join(' · ')}</p>
  </header>`;
}

function contents(report: Report, figures: readonly Figure[]): Content {
  const { samples, checks, kind } = report;
  const links = [
    ...(checks.some(({ outcome }) => outcome !== 'pass')
      ? [['problems', 'What did not hold']]
      : []),
    ...(kind === 'verify' ? [['evidence', 'What it buys and how it routes']] : []),
    ...figures.map(({ id, title }) => [id, title]),
    ...(checks.some(({ outcome }) => outcome === 'pass') ? [['checks', 'Checks that hold']] : []),
    ['figures', samples.length > 0 ? 'All figures and samples' : 'All figures'],
  ];
  return markup`<nav aria-label="Contents">
    <ul>
      ${links.map(([id, title]) => markup`<li><a href="#${id}">${title}</a></li>`)}
    </ul>
  </nav>`;
}

function overview(report: Report): Content {
  return markup`<section aria-labelledby="overview-title">
    <h2 id="overview-title">In short</h2>
    ${warnings(report)}${explanations(report)}${tileList(tilesOf(report))}
  </section>`;
}

/** What did not hold comes before any plot. */
function problems({ checks }: Report): Content {
  const bad = checks.filter(({ outcome }) => outcome !== 'pass');
  if (bad.length === 0) return null;
  return markup`<section id="problems" aria-labelledby="problems-title">
    <h2 id="problems-title">What did not hold</h2>
    ${checksTable(bad)}
  </section>`;
}

function heldChecks({ checks }: Report): Content {
  const held = checks.filter(({ outcome }) => outcome === 'pass');
  if (held.length === 0) return null;
  return markup`<section id="checks" aria-labelledby="checks-title">
    <h2 id="checks-title">Checks that hold</h2>
    ${checksTable(held)}
  </section>`;
}

function plots(figures: readonly Figure[]): Content {
  return markup`<section aria-labelledby="plots-title">
    <h2 id="plots-title">Plots</h2>
    <div class="plots">${figures.map(figureSection)}</div>
  </section>`;
}

function allFigures(report: Report): Content {
  const { comparable } = report;
  return markup`<section id="figures" aria-labelledby="figures-title">
    <h2 id="figures-title">All figures</h2>
    <p>
      Everything the report holds, to six digits. “Unknown” was not measured or could not be known;
      it is never zero. ${samplesText(report)}
    </p>
    ${saveButtons(report)}
    <div class="facts">${factsOf({ comparable })}${factsOf(report.result, ['comparable'])}</div>
  </section>`;
}

function samplesText({ kind, samples }: Report): string {
  if (samples.length === 0) return '';
  const how = kind === 'simulate' ? 'simulated' : 'measured';
  return `The ${formatCount(samples.length)} ${how} requests are inside this file as JSON, times rounded to a microsecond.`;
}

function footer({ version, schema, exitCode }: Report): Content {
  return markup`<footer>
    Written by kvcache ${version}. Schema ${schema}, exit code ${exitCode}.
  </footer>`;
}
