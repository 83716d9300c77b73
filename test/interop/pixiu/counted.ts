import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { callHttp } from '../../../src/net/call.ts';
import { parseMetrics } from '../../../src/protocol/prometheus.ts';

const COUNTER = 'pixiu_llm_upstream_requests_ratio_total';

/** The ids under which the real Pixiu has counted requests, once it has counted any. */
export async function endpointsCounted(metricsUrl: string): Promise<string[]> {
  const ids = await pollUntil(
    async () => {
      const { text } = await callHttp({ url: metricsUrl, timeoutMs: 2_000 });
      const samples = parseMetrics(text).flatMap((family) => family.samples);
      const found = samples.flatMap(({ name, labels }) =>
        name === COUNTER ? (labels['endpoint_id'] ?? []) : [],
      );
      return found.length > 0 ? [...new Set(found)] : undefined;
    },
    { clock: systemClock, deadlineMs: 5_000 },
  );
  if (!ids) throw new Error(`${COUNTER} is not on ${metricsUrl}`);
  return ids.toSorted();
}
