import type { Culprit } from '../culprit.ts';

export const image: Culprit = {
  id: 'image',
  name: 'another image or file',
  said: 'the image or file changed',
  rule: 'the hash of what a part holds differs',
  remedy: 'Send the same bytes, or the same address, for the same picture: not a new signed URL.',
  explains: ({ cellWas, cellIs }) => cellWas?.kind === 'image' || cellIs?.kind === 'image',
};
