import { callHttp } from '../../net/http-client.ts';
import { TIMING } from '../../target/timing.ts';
import { type Probe, passed, notPassed } from '../probe.ts';
import { KvcacheError } from '../../base/errors.ts';
import type { Finding } from '../../base/outcome.ts';

/** Compares the `Date` headers; heartbeats and registration times suffer from clocks that disagree. */
export const clockSkewProbe: Probe = {
  id: 'clocks',
  async run({ targets, clock, signal }) {
    const found = await Promise.all(
      targets.engines.map(async ({ id, url }): Promise<Finding[]> => {
        try {
          const answer = await callHttp({
            url: `${url}/health`,
            timeoutMs: targets.timeoutMs,
            signal,
          });
          const date = Date.parse(String(answer.headers['date']));
          // The header has whole seconds, so half a second is its mean error.
          return Number.isNaN(date) ? [] : [judge(id, Math.abs(clock.wallMs() - date - 500))];
        } catch (error) {
          if (error instanceof KvcacheError && error.kind === 'target') return [];
          throw error;
        }
      }),
    );
    return found.flat();
  },
};

function judge(id: string, skewMs: number): Finding {
  const draft = {
    claim: 'The clocks of this machine and the engines agree.',
    severity: 'hint',
    expected: `less than ${TIMING.clockSkewMs / 1_000} s apart`,
    actual: `${(skewMs / 1_000).toFixed(1)} s apart`,
    evidence: `Date header of ${id}`,
  } as const;
  return skewMs <= TIMING.clockSkewMs
    ? passed('clocks', draft)
    : notPassed('clocks', 'inconclusive', {
        ...draft,
        remedy: 'Synchronise the clocks (NTP): LMCache’s heartbeats compare times.',
      });
}
