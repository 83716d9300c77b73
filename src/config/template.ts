import { type ConfigIssue, makeIssue } from './issue.ts';
import { type Place } from '../schema/node.ts';
import type { YamlSource } from './yaml-source.ts';

/** A template cut into what stays and what is filled in. */
export type TemplatePart =
  | { kind: 'text'; text: string }
  | {
      kind: 'variable';
      name: string;
      place: Place;
      /** Of `${NAME:-default}`. */
      fallback: string | undefined;
      /** Of `${NAME:?message}`. */
      complaint: string | undefined;
    };

export type VariablePart = Extract<TemplatePart, { kind: 'variable' }>;

/** `$$`, a whole `${…}`, the start of a broken one, or a comment that fills its line. */
const TOKEN = /^[ \t]*#[^\n]*|\$\$|\$\{([^}\n]*)\}|\$\{/gm;
/** No variable inside a default: the shell has that, and it would be left in the text unseen. */
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{).)*)|:\?(.*))?$/;

/**
 * Cuts a template at `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$` (one dollar sign).
 * Lines that hold only a comment stay as they are.
 */
export function parseTemplate({ text, file }: YamlSource): {
  parts: TemplatePart[];
  issues: ConfigIssue[];
} {
  const parts: TemplatePart[] = [];
  const issues: ConfigIssue[] = [];
  const placeAt = placesIn(text, file);
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    const place = placeAt(match.index);
    const part = partOf(match, place);
    if (part) parts.push(part);
    else {
      const message = `"${match[0].slice(0, 40)}" is not a variable.`;
      issues.push(makeIssue('template-syntax', { path: '', place }, { message }));
    }
  }
  parts.push({ kind: 'text', text: text.slice(end) });
  return { parts, issues };
}

function partOf(match: RegExpExecArray, place: Place): TemplatePart | undefined {
  const [whole, inner] = match;
  if (whole === '$$') return { kind: 'text', text: '$' };
  if (!whole.startsWith('$')) return { kind: 'text', text: whole };
  const variable = inner === undefined ? null : VARIABLE.exec(inner);
  if (!variable) return undefined;
  const [, name, fallback, complaint] = variable;
  return { kind: 'variable', name: name!, place, fallback, complaint };
}

/** Goes on from the place asked for before, so offsets must not fall. */
function placesIn(text: string, file: string): (offset: number) => Place {
  let [line, lineStart] = [1, 0];
  return (offset) => {
    for (;;) {
      const lineEnd = text.indexOf('\n', lineStart);
      if (lineEnd === -1 || lineEnd >= offset) break;
      line += 1;
      lineStart = lineEnd + 1;
    }
    return { file, line, column: offset - lineStart + 1 };
  };
}
