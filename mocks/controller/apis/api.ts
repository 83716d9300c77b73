import type { Exchange } from '../../http/exchange.ts';
import type { ControllerWire } from '../wire/controller-wire.ts';
import type { Answer } from '../../python/fastapi.ts';

export interface ControllerApi {
  /** Undefined for paths it does not have. */
  answer: (wire: ControllerWire, exchange: Exchange) => Answer | Promise<Answer> | undefined;
  /** Engines report what they store to its directory, key by key. */
  hasDirectory?: boolean;
}
