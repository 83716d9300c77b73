import { sharedLength, type Change } from './change.ts';
import type { Values } from './culprit.ts';

/** Characters around a change in which a value is looked for; no value is longer. */
const REACH = 120;
/** So far must texts agree behind a change before something left out is what made them differ. */
const AGREEMENT = 12;

/** Whether the texts agree at the change once something is left out of both. */
export function agreesWithout(
  { textWas, textIs, at }: Pick<Change, 'textWas' | 'textIs' | 'at'>,
  leaveOut: (text: string) => string,
): boolean {
  const [was, is] = [leaveOut(textWas), leaveOut(textIs)];
  if (was === is) return true;
  const base = leaveOut(textWas.slice(0, at)).length;
  const shared = sharedLength(was, is);
  const rest = Math.min(was.length, is.length) - base;
  return rest > 0 && shared >= base + Math.min(AGREEMENT, rest);
}

/** Both texts have a value of this form where they part, beginning at the same character. */
export function valuesAt({ textWas, textIs, at }: Change, form: RegExp): Values | undefined {
  const start = Math.max(0, at - REACH);
  const was = matchAround(textWas, form, { start, at });
  const is = matchAround(textIs, form, { start, at });
  if (!was || !is || was.index !== is.index || was[0] === is[0]) return undefined;
  return { was: was[0], is: is[0] };
}

function matchAround(text: string, form: RegExp, { start, at }: { start: number; at: number }) {
  const found = text.slice(start, at + REACH).matchAll(form);
  for (const match of found) {
    const from = start + match.index;
    if (from <= at && at <= from + match[0].length) return match;
  }
  return undefined;
}
