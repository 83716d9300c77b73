import { embedded, type JudgedFact, quiet, seedFact } from './judged-fact.ts';
import type { RunReport } from './model.ts';

interface Member {
  role?: unknown;
  title?: unknown;
  url?: unknown;
}

/** What a scenario brought up. Its detail is what `run --json` says, and an older one may say less. */
export function runFacts({ result, seed }: RunReport): JudgedFact[] {
  const { detail, scenario } = result;
  const members = Array.isArray(detail['members']) ? (detail['members'] as Member[]) : [];
  const told = (role: string): string[] =>
    members
      .filter((it) => it.role === role)
      .map(({ title, url }) => `${String(title)} ${String(url)}`);
  const policy = typeof detail['routing'] === 'string' ? detail['routing'] : null;
  return [
    ...gatewayFacts(told('gateway'), policy),
    ...factsOf('engines', told('engine')),
    ...factsOf('controller', told('controller')),
    quiet('workload', `scenario ${scenario}`),
    ...seedFact(seed),
  ];
}

function gatewayFacts(told: readonly string[], policy: string | null): JudgedFact[] {
  const isEmbedded = told.some((it) => it.startsWith('embedded gateway'));
  return isEmbedded ? [embedded(policy, '')] : factsOf('gateway', told);
}

function factsOf(name: string, told: readonly string[]): JudgedFact[] {
  return told.length === 0 ? [] : [quiet(name, told.join(' · '))];
}
