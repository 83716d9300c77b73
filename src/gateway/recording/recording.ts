import { randomBytes } from 'node:crypto';
import type { ExtensionConfig } from '../../config/gateway-config.ts';
import type { FilterInstance } from '../filters/filter.ts';
import type { GatewayServices } from '../runtime-services.ts';
import { type LineSettings, recordedLine } from './recorded-line.ts';
import { Recorder } from './recorder.ts';

/** One for the process: ids of a recording stay the same over reloads. */
const SECRET = randomBytes(32);

/**
 * What stands before all filters where `x-kvcache.record` is set; undefined where it is not.
 * @throws KvcacheError RECORD_UNWRITABLE (kind usage)
 */
export function openRecording(
  { record, routing }: ExtensionConfig,
  { log }: GatewayServices,
): FilterInstance | undefined {
  if (record === undefined) return undefined;
  const recorder = new Recorder(record, log);
  const settings: LineSettings = {
    what: record.what,
    blockTokens: routing.prefixIndex.blockTokens,
    sessionHeader: routing.sessionHeader,
    secret: SECRET,
  };
  return {
    filter: ({ path, headers, body }, next) => {
      if (recorder.isOpen) {
        const line = recordedLine({ path, headers, body, timestamp: Date.now() }, settings);
        if (line !== undefined) recorder.add(line);
      }
      return next();
    },
    close: () => recorder.close(),
  };
}
