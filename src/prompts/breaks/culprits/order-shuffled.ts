import { textOfTurn, type Turn } from '../../structure/structure.ts';
import type { Change } from '../change.ts';
import type { Culprit } from '../culprit.ts';
import { isReordered } from '../definitions.ts';

export const orderShuffled: Culprit = {
  id: 'order-shuffled',
  name: 'examples in another order',
  said: 'the same messages, lines or words came in another order',
  rule: 'the messages, or the lines or words of one, are the same in another order',
  remedy: 'Give examples and retrieved texts in one fixed order.',
  isProof: true,
  explains: (change) => isShuffledTurns(change) || isShuffledLines(change),
};

function isShuffledTurns({ earlier, later, turn, was, is }: Change): boolean {
  if (!was || !is) return false;
  return (
    indexFrom(earlier.turns, is, turn + 1) !== -1 && indexFrom(later.turns, was, turn + 1) !== -1
  );
}

function isShuffledLines({ textWas, textIs }: Change): boolean {
  return [/\n{2,}/, /\n/, /\s+/].some((border) =>
    isReordered(textWas.trim().split(border), textIs.trim().split(border)),
  );
}

/** The first turn with the same words, from `start` on; -1 for none. */
export function indexFrom(turns: readonly Turn[], wanted: Turn, start: number): number {
  const text = textOfTurn(wanted);
  return turns.findIndex(
    (it, at) => at >= start && it.role === wanted.role && textOfTurn(it) === text,
  );
}
