import { fault } from '../fault.ts';

export const resetBeforeHeaders = fault({
  parameters: {},
  finalStatus: () => null,
  request: (_, { reply }) => reply.hangUp('rst'),
});
