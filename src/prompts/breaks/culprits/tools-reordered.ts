import { isDefinition } from '../../structure/place.ts';
import { definitionsOf, isReordered } from '../definitions.ts';
import type { Culprit } from '../culprit.ts';

export const toolsReordered: Culprit = {
  id: 'tools-reordered',
  name: 'tools in another order',
  said: 'the tools came in another order',
  rule: 'the same definitions, not in the same order',
  remedy: 'Sort the tools, by name say: sets and maps of many languages give them in any order.',
  isProof: true,
  explains: ({ was, is }) => {
    if (!was || !is || !isDefinition(was) || !isDefinition(is)) return false;
    const [before, after] = [was, is].map((it) =>
      definitionsOf(it).map((tool) => JSON.stringify(tool)),
    );
    return isReordered(before!, after!);
  },
};
