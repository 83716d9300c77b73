import { causeText, contradictions } from '../evidence.ts';
import type { Report, VerifyReport } from '../model.ts';
import type { Table } from '../table.ts';
import { tablesOf } from '../tables.ts';
import { type Content, markup, unbroken } from './markup.ts';
import { table } from './table.ts';

/** Sources that contradict the engines, and why it is not as it should be: before any figure. */
export function explanations(report: Report): Content {
  if (report.kind !== 'verify') return null;
  return [
    ...contradictions(report.result).map(
      (it) => markup`<p class="note"><strong>Contradiction:</strong> ${unbroken(it)}</p>`,
    ),
    causeCard(report),
  ];
}

function causeCard({ result }: VerifyReport): Content {
  if (!result.cause) return null;
  const { sentence, evidence, remedy, considered } = causeText(result.cause);
  const list =
    evidence.length === 0
      ? null
      : markup`<ul>
          ${evidence.map((it) => markup`<li>${unbroken(it)}</li>`)}
        </ul>`;
  return markup`<section class="cause" aria-labelledby="cause-title">
    <h3 id="cause-title">Cause: ${sentence}</h3>
    ${list}
    <p><strong>Remedy:</strong> ${remedy}</p>
    <p class="soft">Also considered: ${considered}.</p>
  </section>`;
}

/** What it buys, who reached the holder, how it routes and who was believed, as tables. */
export function evidenceSection(report: Report): Content {
  if (report.kind !== 'verify') return null;
  const tables = tablesOf(report).filter(({ title }) => !PLOTTED.has(title));
  return markup`<section id="evidence" aria-labelledby="evidence-title">
    <h2 id="evidence-title">What it buys and how it routes</h2>
    ${tables.length === 0 ? markup`<p>Nothing was measured.</p>` : tables.map(evidenceTable)}
  </section>`;
}

/** Figures of their own show these. */
const PLOTTED: ReadonlySet<string> = new Set(['arms', 'where the tokens went']);

function evidenceTable({ title, head, rows, notes }: Table): Content {
  return markup`<div class="evidence-table">
    ${rows.length === 0 ? null : table({ caption: title, head, rows: rows.map((cells) => cells.map(unbroken)), className: 'stacked' })}
    ${notes.map((it) => markup`<p class="soft">${unbroken(it)}</p>`)}
  </div>`;
}
