import type { Culprit } from '../culprit.ts';

export const model: Culprit = {
  id: 'model',
  name: 'another model',
  said: 'the model changed',
  rule: 'the requests name different models',
  remedy: 'Keep a conversation on one model: no engine reuses what another model computed.',
  isHarmless: true,
  explains: ({ earlier, later }) =>
    earlier.root.model !== later.root.model && { was: earlier.root.model, is: later.root.model },
};
