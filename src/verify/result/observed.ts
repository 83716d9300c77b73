import { reusableTokens } from '../../target/alignment.ts';
import { engineCount } from '../../target/targets.ts';
import { TIMING } from '../../target/timing.ts';
import { crossExamine } from '../evidence/cross-examine.ts';
import { withLost } from '../evidence/lost.ts';
import type { ObservedRun } from '../evidence/observed-run.ts';
import type { Ledger } from '../experiment/ledger.ts';
import type { VerifyOptions } from '../experiment/options.ts';
import type { Trust } from './result-evidence.ts';
import { doseResponse } from '../judge/dose-response.ts';

/** What a ledger holds, ready to be figured out: who may be believed is settled here, once. */
export function observedRun(
  { targets }: Pick<VerifyOptions, 'targets'>,
  ledger: Ledger,
): ObservedRun {
  const { sizes, capacity } = ledger;
  const floor = sizes?.floorTokens ?? 0;
  const run: ObservedRun = {
    samples: withLost(ledger.samples, ledger.counts),
    counts: ledger.counts,
    jury: { engines: targets.engines, trust: withReports(ledger) },
    sizes: {
      hit: sizes?.reusableTokens ?? 0,
      miss: reusableTokens(floor, sizes?.promptTokens ?? 0, capacity.blockTokens),
    },
    choices: engineCount(targets),
    routing: ledger.routing,
    msPerToken: msPerToken(ledger),
    timeoutMs: TIMING.firstAnswerMs,
  };
  return { ...run, jury: { ...run.jury, trust: crossExamine(run) } };
}

/** What arm C shows of reports coming through counts as well as what the probe saw. */
function withReports({ trust, samples, sizes }: Ledger): Trust {
  const enough = (sizes?.reusableTokens ?? 0) / 2;
  const isSeen = samples.some(
    ({ experiment, cachedTokens = 0 }) => experiment.directId === null && cachedTokens > enough,
  );
  return { ...trust, isPassedOn: trust.isPassedOn || isSeen };
}

/** Milliseconds that one cached token saves on an idle engine; the doses say it better than the controls. */
function msPerToken(ledger: Ledger): number | null {
  const dose = doseResponse(ledger.doses);
  if (dose.verdict === 'causal') return dose.msSavedPer1000Tokens!.value / 1_000;
  const { controls, sizes } = ledger;
  if (controls?.effect !== 'seen' || !sizes || sizes.reusableTokens === 0) return null;
  return controls.differenceMs.value / sizes.reusableTokens;
}
