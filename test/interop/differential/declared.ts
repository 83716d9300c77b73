import type { Declared } from './differences.ts';

export const SERVER_NAME: Declared = {
  request: /./,
  at: 'header server',
  reason: 'uvicorn names itself; the mock is no uvicorn, and no client of ours reads the name',
};
