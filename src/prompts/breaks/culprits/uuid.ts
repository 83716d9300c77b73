import type { Culprit } from '../culprit.ts';
import { valuesAt } from '../text-rules.ts';

const UUID = /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/gi;

export const uuid: Culprit = {
  id: 'uuid',
  name: 'a UUID',
  said: 'the UUID changed',
  rule: 'both have 32 hexadecimal digits in a UUID’s groups there',
  remedy: 'Keep ids out of prompts, or put them behind everything that stays the same.',
  explains: (change) => {
    const values = valuesAt(change, UUID);
    return values?.was.includes('-') === true && values.is.includes('-') && values;
  },
};
