import { type Content, markup, type Markup } from './markup.ts';

export interface HtmlTable {
  caption: string;
  head: readonly string[];
  /** The first cell names its row. */
  rows: readonly (readonly Content[])[];
  className?: string;
}

/** A measured figure as a table shows it; the data inside the page has all of it. */
export function sixDigits(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}

/** A table that scrolls by itself, reachable by keyboard and named by its caption. */
export function table({ caption, head, rows, className }: HtmlTable): Markup {
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="${`Table: ${caption}`}">
    <table class="${className ?? 'figures'}">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((it) => markup`<th scope="col">${it}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((cells) => row(cells, head))}
      </tbody>
    </table>
  </div>`;
}

/** On a narrow screen the style sheet may stack the cells; their labels are then needed beside them. */
function row([name, ...cells]: readonly Content[], head: readonly string[]): Markup {
  return markup`<tr>
    <th scope="row">${name}</th>
    ${cells.map((it, index) => markup`<td data-label="${head[index + 1]}">${it}</td>`)}
  </tr> `;
}

/** A table behind a summary; paper has it only where it is open. */
export function folded(summary: string, content: Content): Markup {
  return markup`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}
