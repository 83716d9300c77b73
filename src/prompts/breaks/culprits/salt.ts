import type { Culprit } from '../culprit.ts';

export const salt: Culprit = {
  id: 'salt',
  name: 'another cache salt',
  said: 'the cache salt changed',
  rule: '`cache_salt` differs',
  remedy: 'Salt by whom must not share (a tenant), never by request or time.',
  explains: ({ earlier, later }) =>
    earlier.root.salt !== later.root.salt && { was: earlier.root.salt, is: later.root.salt },
};
