import type { ControllerTrial } from '../controller-trial.ts';

/** What a lookup that stayed empty shows, and what to do about it. */
interface EmptyLookup {
  actual: string;
  remedy: string;
}

/** Why lookups stay empty on deployments that look healthy, most frequent first. */
const LEGACY_REMEDY =
  'Check, in this order: enable_controller and the controller’s pull and reply URLs in every engine’s LMCache config; equal PYTHONHASHSEED (for example 0) in controller and engines; Python 3.12 or newer on both (older ones hash None differently per process); vLLM installed beside the controller; chunk_size 256; worker heartbeats on when the controller checks health; the same LMCache version on both sides.';

const REPORTING =
  'Start every engine’s lmcache server with --coordinator-url and --coordinator-event-reporting, and the engine with the LMCacheMPConnector; where the coordinator runs with --event-transport kafka, the servers must send to the same topic.';

/** A coordinator says what it has, so the cause can be told; its hashes need no seeds that agree. */
export function whyEmpty({ dialect, model, directory }: ControllerTrial): EmptyLookup {
  if (dialect.value !== 'coordinator') {
    return { actual: 'layout_info stayed empty', remedy: LEGACY_REMEDY };
  }
  if (!directory) return { actual: 'no holder was named', remedy: REPORTING };
  if (directory.keys === 0) {
    return {
      actual: 'the coordinator’s directory is empty: nobody reports to it',
      remedy: REPORTING,
    };
  }
  const stored = [...new Set(directory.models.map((it) => it.model))];
  if (!stored.includes(model!)) {
    return {
      actual: `looked up as ${model}, while the directory has ${stored.join(', ')}`,
      remedy: `A coordinator files chunks under the path or hub id that the engine loaded (root in its /v1/models). If that is one of those, name it in x-kvcache.controller.model of the gateway; else this engine reports to no coordinator. ${REPORTING}`,
    };
  }
  return {
    actual: `the directory has chunks of ${model}, but none of this prompt`,
    remedy:
      'Check that --chunk-size and --hash-algorithm are the same for the coordinator and every lmcache server, that this engine runs the LMCacheMPConnector and its server reports (--coordinator-event-reporting), and that --l1-size-gb holds more than one prompt.',
  };
}
