import { errorsOf, target } from '../base/errors.ts';

export const protocolError = errorsOf({
  KV_EVENTS_INVALID: target(
    "A batch of KV events is none of vLLM's.",
    'Check that the address is that of vLLM with --kv-events-config, 0.9 or newer.',
  ),
  METRICS_UNREADABLE: target(
    'What a metrics endpoint answers is not in the Prometheus text format.',
    'Check that the URL is a Prometheus metrics endpoint.',
  ),
  SSE_EVENT_TOO_LARGE: target(
    'One event of a stream is larger than any of this API.',
    'Check that the URL belongs to an event stream of the API you mean.',
  ),
});
