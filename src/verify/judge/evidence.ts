import type { VerifyResult } from '../result/result.ts';

/** What the checks are judged from: a result still without outcome. */
export type Evidence = Omit<VerifyResult, 'outcome' | 'checks'> & {
  margin: number;
  /** Why routing cannot be judged at all; null when it can. */
  routingRefusal: string | null;
};
