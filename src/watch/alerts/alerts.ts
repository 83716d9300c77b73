import type { AlertRow } from './alert.ts';
import { cachingOff } from './caching-off.ts';
import { engineDown } from './engine-down.ts';
import { engineRestarted } from './engine-restarted.ts';
import { engineSlow } from './engine-slow.ts';
import { eventsLost } from './events-lost.ts';
import { eventsStopped } from './events-stopped.ts';
import { evictionStorm } from './eviction-storm.ts';
import { externalCacheLost } from './external-cache-lost.ts';
import { gatewayDown } from './gateway-down.ts';
import { hintsLost } from './hints-lost.ts';
import { hitRateFell } from './hit-rate-fell.ts';
import { hotSpot } from './hot-spot.ts';
import { idsChanged } from './ids-changed.ts';
import { indexEmpty } from './index-empty.ts';
import { indexUnreachable } from './index-unreachable.ts';
import { promptsChanged } from './prompts-changed.ts';
import { routingLost } from './routing-lost.ts';
import { tokenizerChanged } from './tokenizer-changed.ts';

/**
 * Every alert, what explains most first: a deviation that one accounts for raises none below it. What a
 * page says outright comes before what figures suggest.
 */
export const ALERTS: readonly AlertRow[] = [
  gatewayDown,
  engineDown,
  cachingOff,
  engineRestarted,
  hintsLost,
  idsChanged,
  indexUnreachable,
  eventsStopped,
  eventsLost,
  tokenizerChanged,
  promptsChanged,
  indexEmpty,
  evictionStorm,
  engineSlow,
  hotSpot,
  externalCacheLost,
  routingLost,
  hitRateFell,
];
