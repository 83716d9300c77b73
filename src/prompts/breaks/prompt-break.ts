import { placeIn, rootPlace, type Place } from '../structure/place.ts';
import { masked, visible } from '../structure/shown-text.ts';
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

function placeOfChange({ later, earlier, turn, at, is }: Change, { id }: Culprit): Place {
  if (turn === -1) return rootPlace(ROOT_MEMBERS[id]!);
  const place = placeIn(is ? later : earlier, turn, at);
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
