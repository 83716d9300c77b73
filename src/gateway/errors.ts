import { errorsOf, target, usage } from '../base/errors.ts';

export const gatewayError = errorsOf({
  BREAKER_OPEN: target(
    'Too many calls failed; the server is left alone for a while.',
    'Look for the first failure in the log; calls resume by themselves.',
  ),
  KV_EVENTS_UNHEARD: target(
    'Not all KV events of an engine are known, so nobody can tell who holds most of a prompt.',
    'Check x-kvcache.kv_events.sources; the prefix index serves meanwhile.',
  ),
  NOT_TOKENIZABLE: target(
    'A prompt cannot be turned into tokens, so there is nothing to look up.',
    'The request is served all the same, without a hint.',
  ),
  RECORD_UNWRITABLE: usage(
    'The file that requests are to be recorded in cannot be opened.',
    'Give x-kvcache.record.file a place that the gateway may write to.',
  ),
  RELOAD_REFUSED: usage(
    'A new config changes what only a restart can.',
    'Restart the gateway to change these; everything else can be reloaded.',
  ),
});
