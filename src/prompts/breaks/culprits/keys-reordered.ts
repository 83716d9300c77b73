import { definitionsOf, isReordered, sortedJson } from '../definitions.ts';
import { isDefinition } from '../../structure/place.ts';
import type { Change } from '../change.ts';
import type { Culprit } from '../culprit.ts';

export const keysReordered: Culprit = {
  id: 'keys-reordered',
  name: 'members of JSON in another order',
  said: 'members of an object came in another order',
  rule: 'the same members and values, not in the same order',
  remedy: 'Write JSON with sorted keys, everywhere it enters a prompt.',
  isProof: true,
  explains: (change) => {
    const { was, is } = change;
    if (!was || !is) return false;
    if (!isDefinition(was) || !isDefinition(is)) return isReorderedText(change);
    const [before, after] = [was, is].map((it) => definitionsOf(it).map(sortedJson).toSorted());
    return JSON.stringify(before) === JSON.stringify(after);
  },
};

/** A member's name with its colon, also within a text that is JSON itself. */
const MEMBER = /\\?"[^"\\]+\\?"\s*:/;

/** JSON written into a text: lines, or the whole of it, have the same words in another order. */
function isReorderedText({ textWas, textIs, at }: Change): boolean {
  const [was, is] = [textWas.slice(at), textIs.slice(at)].map(lineOrAll);
  if (!MEMBER.test(was!) || !MEMBER.test(is!)) {
    const before = textWas.slice(Math.max(0, at - 200), at);
    if (!MEMBER.test(before) || !before.includes('{')) return false;
  }
  const texts = [
    [textWas, textIs],
    [lineAround(textWas, at), lineAround(textIs, at)],
    [objectAround(textWas, at), objectAround(textIs, at)],
  ];
  return texts.some(([a, b]) => MEMBER.test(a!) && isReordered(wordsOf(a!), wordsOf(b!)));
}

const lineOrAll = (text: string): string => text.split('\n', 1)[0]!;

function lineAround(text: string, at: number): string {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const end = text.indexOf('\n', at);
  return text.slice(start, end === -1 ? text.length : end);
}

/** From the brace that is open at the place to the one that closes it. */
function objectAround(text: string, at: number): string {
  let depth = 0;
  let start = at - 1;
  for (; start >= 0; start--) {
    if (text[start] === '}') depth++;
    if (text[start] === '{' && depth-- === 0) break;
  }
  if (start < 0) return '';
  depth = 0;
  for (let end = start; end < text.length; end++) {
    if (text[end] === '{') depth++;
    if (text[end] === '}' && --depth === 0) return text.slice(start, end + 1);
  }
  return '';
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,{}[\]]+/).filter((it) => it !== '');
}
