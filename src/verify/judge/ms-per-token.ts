import { doseResponse } from './dose-response.ts';
import type { Ledger } from '../experiment/ledger.ts';

/** Milliseconds that one cached token saves on an idle engine; the doses say it better than the controls. */
export function msPerToken(ledger: Ledger): number | null {
  const dose = doseResponse(ledger.doses);
  if (dose.verdict === 'causal') return dose.msSavedPer1000Tokens!.value / 1_000;
  const { controls, sizes } = ledger;
  if (controls?.effect !== 'seen' || !sizes || sizes.reusableTokens === 0) return null;
  return controls.differenceMs.value / sizes.reusableTokens;
}
