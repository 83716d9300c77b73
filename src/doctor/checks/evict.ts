import { callHttp } from '../../net/call.ts';
import { attempt } from '../../base/attempt.ts';
import { type Probe } from '../probe.ts';

/** LMCache has no /evict in any version: a 404 there is normal, and worth saying so. */
export const evictProbe: Probe = {
  id: 'evict',
  needs: 'controller',
  async run({ targets, signal, trials }) {
    const { controller } = await trials();
    if (controller?.dialect.value !== 'legacy') return [];
    const answer = await attempt(() =>
      callHttp({
        url: `${targets.controllerUrl}/evict`,
        json: { tokens: [], instance_id: '' },
        timeoutMs: targets.timeoutMs,
        tls: targets.access.tls,
        signal,
      }),
    );
    if (answer.error) return [];
    const isMissing = answer.value.status === 404;
    return [
      {
        id: 'evict',
        claim: 'The controller’s /evict is known to be there or not.',
        severity: 'hint',
        outcome: 'pass',
        expected: '404, which is normal: LMCache evicts by itself',
        actual: `HTTP ${answer.value.status}`,
        evidence: isMissing
          ? 'enable_eviction in the gateway’s cache_strategy has no effect with this controller'
          : 'POST /evict without tokens',
        remedy: '',
      },
    ];
  },
};
