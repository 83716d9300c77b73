import { isDefinition, placeIn, rootPlace, type Place } from '../structure/place.ts';
import { masked, visible } from '../structure/shown-text.ts';
import { textOfTurn, type Turn } from '../structure/structure.ts';
import type { Change } from './change.ts';
import type { Culprit, Values } from './culprit.ts';
import { CULPRITS } from './culprits.ts';

/** What made a prompt lose what an earlier one had computed. */
export interface Explanation {
  culprit: Culprit;
  place: Place;
  /** What changed, masked where it may tell of somebody; null where no value was told apart. */
  values: Values | null;
  /** The text around the change in the earlier and in the later prompt, masked unless asked for; null for none. */
  around: Values | null;
}

/** Characters shown before and behind a change. */
const AROUND = 32;

/** Never without a culprit: the last rule explains all. */
export function explain(change: Change, showsText: boolean): Explanation {
  for (const culprit of CULPRITS) {
    const found = culprit.explains(change);
    if (found === false) continue;
    const isOpen = showsText || culprit.isHarmless === true;
    const show = (text: string): string => visible(isOpen ? text : masked(text));
    const values = found === true ? null : { was: show(found.was), is: show(found.is) };
    return {
      culprit,
      place: placeOfChange(change, culprit),
      values,
      around: around(change, showsText),
    };
  }
  throw new Error('The last rule explains every change.');
}

const ROOT_MEMBERS: Readonly<Record<string, string>> = {
  model: 'model',
  lora: 'adapter',
  salt: 'cache_salt',
  'template-settings': 'template settings',
};

/** Of definitions that end in one of two prompts: the first one that the other has more. */
function endedPlace({ later, earlier, turn, at, was, is }: Change): Place | undefined {
  if (!was || !is || !isDefinition(is)) return undefined;
  const isEnd = (it: Turn): boolean => textOfTurn(it).slice(at) === ']';
  if (isEnd(is) === isEnd(was)) return undefined;
  const place = placeIn(isEnd(is) ? earlier : later, turn, at);
  const [path] = /^\w+\[\d+\]/.exec(place.path)!;
  const whole = (words: string): string => words.replace(/, .*/, '');
  return { path, label: whole(place.label), group: whole(place.group), character: null };
}

function placeOfChange(change: Change, { id }: Culprit): Place {
  const { later, earlier, turn, at, is } = change;
  if (turn === -1) return rootPlace(ROOT_MEMBERS[id]!);
  const place = endedPlace(change) ?? placeIn(is ? later : earlier, turn, at);
  if (id === 'tools-reordered') return { ...place, group: 'the request' };
  return id === 'role-renamed' ? { ...place, path: `${is!.path}.role`, character: null } : place;
}

function around({ textWas, textIs, at, turn }: Change, showsText: boolean): Values | null {
  if (turn === -1 || (textWas === '' && textIs === '')) return null;
  const cut = (text: string): string => {
    const part = text.slice(Math.max(0, at - AROUND), at + AROUND);
    return visible(showsText ? part : masked(part));
  };
  return { was: cut(textWas), is: cut(textIs) };
}
