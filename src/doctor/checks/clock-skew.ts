import { type Finding, settled } from '../../base/outcome.ts';
import { attempt } from '../../base/attempt.ts';
import { callHttp } from '../../net/call.ts';
import { TIMING } from '../../target/timing.ts';
import { type Probe } from '../probe.ts';

/** Compares the `Date` headers; LMCache's heartbeats and registration times suffer from clocks that disagree. */
export const clockSkewProbe: Probe = {
  id: 'clocks',
  needs: 'controller',
  async run({ targets, clock, signal }) {
    const found = await Promise.all(
      targets.engines.map(async ({ id, url }) => {
        const { access, timeoutMs } = targets;
        const call = { ...access, url: `${url}/health`, timeoutMs, signal };
        const { value } = await attempt(() => callHttp(call));
        const date = Date.parse(String(value?.headers['date']));
        // The header has whole seconds, so half a second is its mean error.
        return Number.isNaN(date) ? [] : [{ id, skewMs: Math.abs(clock.wallMs() - date - 500) }];
      }),
    );
    return judge(found.flat());
  },
};

function judge(skews: readonly { id: string; skewMs: number }[]): Finding[] {
  if (skews.length === 0) return [];
  const worst = skews.reduce((a, b) => (b.skewMs > a.skewMs ? b : a));
  const check = settled<Finding>({
    id: 'clocks',
    claim: 'The clocks of this machine and the engines agree.',
    severity: 'hint',
    outcome: worst.skewMs <= TIMING.clockSkewMs ? 'pass' : 'inconclusive',
    expected: `less than ${TIMING.clockSkewMs / 1_000} s apart`,
    actual: `${(worst.skewMs / 1_000).toFixed(1)} s apart (${worst.id})`,
    evidence: `Date header of ${skews.map(({ id }) => id).join(', ')}`,
    remedy: 'Synchronise the clocks (NTP): LMCache’s heartbeats compare times.',
  });
  return [check];
}
