import { isDefinition, isSystem } from '../../structure/place.ts';
import { type PromptStructure, textOfTurn, type Turn } from '../../structure/structure.ts';
import type { Culprit } from '../culprit.ts';

export const systemMoved: Culprit = {
  id: 'system-moved',
  name: 'the system prompt in another place',
  said: 'the system prompt moved',
  rule: 'the same system message stands elsewhere among the messages',
  remedy: 'Leave the system prompt first.',
  isProof: true,
  explains: ({ earlier, later, turn, was, is }) => {
    if ([was, is].some((it) => it && isDefinition(it))) return false;
    return isElsewhere(was, later, turn) || isElsewhere(is, earlier, turn);
  },
};

function isElsewhere(turn: Turn | undefined, other: PromptStructure, index: number): boolean {
  if (turn === undefined || !isSystem(turn)) return false;
  const text = textOfTurn(turn);
  return text !== '' && other.turns.some((it, at) => at !== index && holds(it, text));
}

/** As a message of its own, or as a part of one. */
function holds({ cells }: Turn, text: string): boolean {
  return textOfTurn({ cells }) === text || cells.some((cell) => cell.text.trim() === text);
}
