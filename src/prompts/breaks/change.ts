import { cellAt } from '../structure/place.ts';
import { type Cell, type PromptStructure, textOfTurn, type Turn } from '../structure/structure.ts';

/** How a prompt parts from an earlier one that it could have continued. */
export interface Change {
  earlier: PromptStructure;
  later: PromptStructure;
  /** The first turn in which they differ, by its number in both; -1 when they differ before any text. */
  turn: number;
  /** That turn in each; undefined where a prompt has ended. */
  was: Turn | undefined;
  is: Turn | undefined;
  /** Texts of that turn, empty where there is none. */
  textWas: string;
  textIs: string;
  /** First character in which the texts differ. */
  at: number;
  /** The pieces in which that character lies. */
  cellWas: Cell | undefined;
  cellIs: Cell | undefined;
}

/** Where two prompts part; undefined when all they hold is equal. */
export function changeBetween(
  earlier: PromptStructure,
  later: PromptStructure,
): Change | undefined {
  if (!isSameRoot(earlier, later)) return { ...EMPTY, earlier, later };
  const turns = Math.max(earlier.turns.length, later.turns.length);
  for (let turn = 0; turn < turns; turn++) {
    const found = changeOfTurn(earlier.turns[turn], later.turns[turn]);
    if (found) return { ...found, earlier, later, turn };
  }
  return undefined;
}

function changeOfTurn(
  was: Turn | undefined,
  is: Turn | undefined,
): Omit<Change, 'earlier' | 'later' | 'turn'> | undefined {
  const [textWas, textIs] = [was, is].map((it) => (it ? textOfTurn(it) : '')) as [string, string];
  const isSameRole = was?.role === is?.role;
  if (isSameRole && textWas === textIs) return undefined;
  const at = isSameRole ? sharedLength(textWas, textIs) : 0;
  const [cellWas, cellIs] = [was, is].map((it) => it && cellAt(it, at)[0]);
  return { was, is, textWas, textIs, at, cellWas, cellIs };
}

const EMPTY = {
  turn: -1,
  was: undefined,
  is: undefined,
  textWas: '',
  textIs: '',
  at: 0,
  cellWas: undefined,
  cellIs: undefined,
};

function isSameRoot(a: PromptStructure, b: PromptStructure): boolean {
  const names = Object.keys(a.root) as (keyof PromptStructure['root'])[];
  return names.every((name) => a.root[name] === b.root[name]);
}

/** Characters that two texts begin with in common; never half of a surrogate pair. */
export function sharedLength(a: string, b: string): number {
  const max = Math.min(a.length, b.length);
  let length = 0;
  while (length < max && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  const isHalf = length > 0 && length < max && (a.charCodeAt(length - 1) & 0xfc00) === 0xd800;
  return isHalf ? length - 1 : length;
}
