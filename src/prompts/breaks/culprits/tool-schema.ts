import { isDefinition } from '../../structure/place.ts';
import type { Culprit } from '../culprit.ts';

export const toolSchema: Culprit = {
  id: 'tool-schema',
  name: 'a changed, added or removed tool',
  said: 'the definitions of the tools changed',
  rule: 'the definitions differ in more than their order',
  remedy: 'Offer one fixed list of tools; allow or forbid single ones by tool_choice instead.',
  explains: ({ was, is }) => [was, is].some((it) => it !== undefined && isDefinition(it)),
};
