import type { Change } from '../change.ts';
import type { Culprit } from '../culprit.ts';
import type { Turn } from '../../structure/structure.ts';

export const reasoningDropped: Culprit = {
  id: 'reasoning-dropped',
  name: 'reasoning of an earlier answer left out or put back',
  said: 'the reasoning of an earlier answer was left out, or is back',
  rule: 'one of the two has reasoning there, as a member, a part or between <think> marks',
  remedy: 'Hand earlier answers back the same way every time, with their reasoning or without.',
  isProof: true,
  explains: (change) => isReasoningAt(change) || isThinkingLeftOut(change),
};

function isReasoningAt({ was, is, cellWas, cellIs }: Change): boolean {
  if (was === undefined || is === undefined) return false;
  const sides = [cellWas, cellIs].map((it) => it?.kind === 'reasoning');
  if (sides[0] !== sides[1]) return true;
  return hasReasoning(was) !== hasReasoning(is);
}

const hasReasoning = ({ cells }: Turn): boolean => cells.some(({ kind }) => kind === 'reasoning');

const THINKING = /<(think|thinking|reasoning)>[\s\S]*?<\/\1>\s*/g;

function isThinkingLeftOut({ textWas, textIs }: Change): boolean {
  if (textWas.search(THINKING) === -1 && textIs.search(THINKING) === -1) return false;
  return textWas.replaceAll(THINKING, '').trim() === textIs.replaceAll(THINKING, '').trim();
}
