import { fault } from '../fault.ts';

export const resetBeforeHeaders = fault<object>({
  parameters: {},
  finalStatus: () => null,
  request: (_, { reply }) => reply.hangUp('rst'),
});
