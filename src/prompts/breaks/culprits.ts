import type { Culprit } from './culprit.ts';
import { byteOrderMark } from './culprits/byte-order-mark.ts';
import { counter } from './culprits/counter.ts';
import { date } from './culprits/date.ts';
import { historyTruncated } from './culprits/history-truncated.ts';
import { image } from './culprits/image.ts';
import { invisibleCharacter } from './culprits/invisible-character.ts';
import { keysReordered } from './culprits/keys-reordered.ts';
import { lineEnds } from './culprits/line-ends.ts';
import { localeDigits } from './culprits/locale-digits.ts';
import { lora } from './culprits/lora.ts';
import { model } from './culprits/model.ts';
import { orderShuffled } from './culprits/order-shuffled.ts';
import { otherText } from './culprits/other-text.ts';
import { randomId } from './culprits/random-id.ts';
import { reasoningDropped } from './culprits/reasoning-dropped.ts';
import { reEncoded } from './culprits/re-encoded.ts';
import { roleRenamed } from './culprits/role-renamed.ts';
import { salt } from './culprits/salt.ts';
import { systemMoved } from './culprits/system-moved.ts';
import { templateSettings } from './culprits/template-settings.ts';
import { time } from './culprits/time.ts';
import { toolSchema } from './culprits/tool-schema.ts';
import { toolsReordered } from './culprits/tools-reordered.ts';
import { trailingSpace } from './culprits/trailing-space.ts';
import { turnEdited } from './culprits/turn-edited.ts';
import { turnInserted } from './culprits/turn-inserted.ts';
import { uuid } from './culprits/uuid.ts';
import { variationSelector } from './culprits/variation-selector.ts';
import { whitespace } from './culprits/whitespace.ts';

/** The first that explains a change is its culprit: what is before the text, whole turns, then words. */
export const CULPRITS: readonly Culprit[] = [
  model,
  lora,
  salt,
  templateSettings,
  toolsReordered,
  systemMoved,
  roleRenamed,
  image,
  reasoningDropped,
  byteOrderMark,
  lineEnds,
  variationSelector,
  trailingSpace,
  localeDigits,
  whitespace,
  invisibleCharacter,
  reEncoded,
  keysReordered,
  orderShuffled,
  historyTruncated,
  turnInserted,
  uuid,
  date,
  time,
  randomId,
  counter,
  toolSchema,
  turnEdited,
  otherText,
];

export const CULPRIT_IDS: readonly string[] = CULPRITS.map(({ id }) => id);
