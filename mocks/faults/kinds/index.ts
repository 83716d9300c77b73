import type { Fault, Seam } from '../fault.ts';
import { badFrame } from './bad-frame.ts';
import { closeAfter } from './close-after.ts';
import { crash } from './crash.ts';
import { delay } from './delay.ts';
import { errorEvent } from './error-event.ts';
import { hang } from './hang.ts';
import { health } from './health.ts';
import { kvEvents } from './kv-events.ts';
import { kvSilence } from './kv-silence.ts';
import { lookup } from './lookup.ts';
import { metrics } from './metrics.ts';
import { omitDone } from './omit-done.ts';
import { resetBeforeHeaders } from './reset-before-headers.ts';
import { slow } from './slow.ts';
import { stallAfter } from './stall-after.ts';
import { status } from './status.ts';
import { tokenizer } from './tokenizer.ts';
import { truncateJson } from './truncate-json.ts';

const KINDS = {
  status,
  delay,
  hang,
  slow,
  resetBeforeHeaders,
  closeAfter,
  stallAfter,
  errorEvent,
  omitDone,
  badFrame,
  truncateJson,
  health,
  metrics,
  kvEvents,
  kvSilence,
  lookup,
  tokenizer,
  crash,
};

export type FaultKind = keyof typeof KINDS;

/** Every fault there is, by the name that rules and headers call it. */
export const FAULTS: Readonly<Record<FaultKind, Fault>> = KINDS;

export function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(FAULTS, name);
}

/** The faults that a mock with these seams can inject. */
export function kindsAt(...seams: readonly Seam[]): ReadonlySet<FaultKind> {
  const kinds = Object.keys(FAULTS) as FaultKind[];
  return new Set(kinds.filter((kind) => seams.some((seam) => FAULTS[kind][seam])));
}
