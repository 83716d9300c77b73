import type { Culprit } from '../culprit.ts';

export const templateSettings: Culprit = {
  id: 'template-settings',
  name: 'other settings of the chat template',
  said: 'the settings of the chat template changed',
  rule: 'chat_template, chat_template_kwargs, reasoning_effort, documents or the like differ',
  remedy: 'Keep them the same within a conversation; templates may write them first of all.',
  explains: ({ earlier, later }) =>
    earlier.root.settings !== later.root.settings && {
      was: earlier.root.settings,
      is: later.root.settings,
    },
};
