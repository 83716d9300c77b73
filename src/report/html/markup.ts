import { printableJson } from '../../base/printable.ts';
/** HTML that is safe to write as it is. Only `markup` and `trusted` make it. */
export interface Markup {
  readonly text: string;
}

/** What a template may hold: text is escaped, markup is not, null and undefined leave nothing. */
export type Content = Markup | string | number | null | undefined | readonly Content[];

/** A template that escapes everything put into it, in text and in quoted attributes alike. */
export function markup(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  let text = parts[0]!;
  for (const [index, content] of contents.entries()) {
    text += render(content) + parts[index + 1]!;
  }
  return { text };
}

/** Markup from a source that has escaped its own text. */
export function trusted(text: string): Markup {
  return { text };
}

function render(content: Content): string {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return escapeText(content);
  if (typeof content === 'number') return String(content);
  return 'text' in content ? content.text : content.map(render).join('');
}

export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Keeps numbers and their units on one line, and gives differences a minus sign. */
export function unbroken(text: string): string {
  return text
    .replaceAll(/(\d) (?=(?:%|µs|ms|s|m|h)(?![\p{L}\d]))/gu, '$1\u00a0')
    .replaceAll(/([≤≥<>=]) (?=[−+]?\d)/g, '$1\u00a0')
    .replaceAll(/(?<=^| )-(?=\d)/g, '\u2212');
}

/** JSON that can stand inside a script element: no tag, no comment and no line separator survives. */
export function scriptJson(value: unknown): Markup {
  const text = printableJson(value).replaceAll(
    /[<>&]/g,
    (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { text };
}
