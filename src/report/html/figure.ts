import { type Content, markup, type Markup, unbroken } from './markup.ts';
import type { SeriesLook } from './palette.ts';
import { folded, type HtmlTable, table } from './table.ts';

/** One plot with everything that makes it readable without seeing it. */
export interface Figure {
  /** Unique in the page. */
  id: string;
  title: string;
  /** What the plot shows, in words and figures; each entry a sentence. */
  summary: readonly string[];
  /** How to read it. */
  reading: string;
  plot: Markup;
  legend?: readonly LegendEntry[];
  /** The figures behind the plot. */
  tables: readonly HtmlTable[];
}

export interface LegendEntry {
  name: string;
  look: SeriesLook;
}

export function figureSection(figure: Figure): Markup {
  const { id, title, summary, reading, plot, legend, tables } = figure;
  return markup`<section class="plot" id="${id}" aria-labelledby="${id}-title">
    <h3 id="${id}-title">${title}</h3>
    ${summaryText(summary)}
    <figure>
      <div role="img" aria-label="${`${title}. ${summary.join(' ')}`}">${plot}</div>
      ${legend ? legendList(legend) : null}
      <figcaption class="soft">${reading}</figcaption>
    </figure>
    ${folded(`The figures behind “${title}”`, tables.map(table))}
  </section> `;
}

function summaryText(summary: readonly string[]): Content {
  if (summary.length === 1) return markup`<p>${unbroken(summary[0]!)}</p>`;
  return markup`<ul class="summary">${summary.map((it) => markup`<li>${unbroken(it)}</li>`)}</ul>`;
}

function legendList(entries: readonly LegendEntry[]): Content {
  return markup`<ul class="legend" aria-label="Legend">
    ${entries.map(({ name, look }) => markup`<li>${swatch(look)}${name}</li>`)}
  </ul>`;
}

const MARKERS: Readonly<Record<SeriesLook['symbol'], string>> = {
  circle: 'M21,8a5,5 0 1 1 -10,0a5,5 0 1 1 10,0Z',
  square: 'M12,4h8v8h-8Z',
  triangle: 'M16,3l5.5,9h-11Z',
  diamond: 'M16,2l5,6l-5,6l-5,-6Z',
  star: 'M16,2l1.6,4.2l4.4,0.3l-3.4,2.8l1.1,4.3l-3.7,-2.4l-3.7,2.4l1.1,-4.3l-3.4,-2.8l4.4,-0.3Z',
  cross: 'M14.4,3h3.2v3.4h3.4v3.2h-3.4v3.4h-3.2v-3.4h-3.4v-3.2h3.4Z',
};

function swatch({ colour, dash, symbol }: SeriesLook): Markup {
  return markup`<svg width="32" height="16" viewBox="0 0 32 16" aria-hidden="true">
    <path d="M0,8H32" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}" />
    <path d="${MARKERS[symbol]}" fill="${colour}" />
  </svg>`;
}
