import { formatDuration, parseDuration } from '../../base/duration.ts';
import { verifyError } from '../errors.ts';

/** Upper bounds on what a run may cost; Infinity where the user set none. */
export interface Budget {
  durationMs: number;
  requests: number;
  tokens: number;
}

const NONE: Budget = { durationMs: Infinity, requests: Infinity, tokens: Infinity };
const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * `10m`, `time=10m,requests=5000,tokens=2M`.
 * @throws KvcacheError BUDGET_INVALID (kind usage)
 */
export function parseBudget(text: string | undefined): Budget {
  const budget = { ...NONE };
  for (const part of (text ?? '').split(',').map((it) => it.trim())) {
    if (part === '') continue;
    const [name, value = ''] = part.includes('=') ? part.split('=', 2) : ['time', part];
    if (name === 'time') budget.durationMs = positive(parseDuration(value), part);
    else if (name === 'requests') budget.requests = positive(parseCount(value), part);
    else if (name === 'tokens') budget.tokens = positive(parseCount(value), part);
    else throw invalid(part);
  }
  return budget;
}

function parseCount(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text);
  return match ? Number(match[1]) * FACTORS[match[2]!.toLowerCase()]! : undefined;
}

function positive(value: number | undefined, part: string): number {
  if (value !== undefined && value > 0) return value;
  throw invalid(part);
}

function invalid(part: string) {
  return verifyError('BUDGET_INVALID', { message: `--budget does not understand "${part}".` });
}

/** Why a run that its budget ended did: as planned, unlike one that was cut off. */
export const BUDGET_STOPS = {
  time: 'The time budget is spent.',
  cost: 'The budget of requests or tokens is spent.',
} as const;

/** What one round of all arms costs. */
export interface RoundCost {
  requests: number;
  promptTokens: number;
  outputTokens: number;
}

export function addCost(total: RoundCost, more: RoundCost): void {
  total.requests += more.requests;
  total.promptTokens += more.promptTokens;
  total.outputTokens += more.outputTokens;
}

/** Whole rounds that the budget allows, its time left aside: that is watched while measuring. */
export function roundsWithin(budget: Budget, spent: RoundCost, round: RoundCost): number {
  const tokensOf = (it: RoundCost): number => it.promptTokens + it.outputTokens;
  const byRequests = (budget.requests - spent.requests) / round.requests;
  const byTokens = (budget.tokens - tokensOf(spent)) / tokensOf(round);
  return Math.max(0, Math.floor(Math.min(byRequests, byTokens)));
}

export function formatBudget({ durationMs, requests, tokens }: Budget): string {
  const parts = [
    durationMs < Infinity ? formatDuration(durationMs) : '',
    requests < Infinity ? `${requests} requests` : '',
    tokens < Infinity ? `${tokens} tokens` : '',
  ].filter(Boolean);
  return parts.join(', ') || 'none';
}
