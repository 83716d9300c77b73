import type { Culprit } from '../culprit.ts';

export const lora: Culprit = {
  id: 'lora',
  name: 'another LoRA adapter',
  said: 'the LoRA adapter changed',
  rule: 'the requests name different adapters',
  remedy: 'Keep a conversation on one adapter; what the base model computed is not its own.',
  isHarmless: true,
  explains: ({ earlier, later }) =>
    earlier.root.lora !== later.root.lora && { was: earlier.root.lora, is: later.root.lora },
};
