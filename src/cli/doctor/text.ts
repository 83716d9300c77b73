import { redactUrl } from '../../base/origin.ts';
import { type Finding } from '../../base/outcome.ts';
import { type JudgedFact, quiet } from '../../report/judged-fact.ts';
import type { Targets } from '../../target/targets.ts';

/** What is examined, before the first finding. */
export function examinedFacts(
  targets: Targets,
  { config, isModelAssumed }: { config: string | undefined; isModelAssumed: boolean },
): JudgedFact[] {
  const { engines, controllerUrl, gatewayUrl, model } = targets;
  const shown = (url: string | null): string => (url === null ? 'none named' : redactUrl(url));
  return [
    quiet('gateway', shown(gatewayUrl)),
    ...(config === undefined ? [] : [quiet('config', config)]),
    quiet(
      'engines',
      engines.map(({ id, url }) => `${id} ${redactUrl(url)}`).join(' · ') || 'none named',
    ),
    quiet('controller', shown(controllerUrl)),
    quiet('model', isModelAssumed ? `${model} (nobody says what is served)` : model),
  ];
}

/** `24 of 24 findings are fine`. */
export function summaryOf(findings: readonly Finding[]): string {
  const fine = findings.filter((it) => it.outcome === 'pass').length;
  const hints = findings.filter((it) => it.outcome !== 'pass' && it.severity === 'hint').length;
  const count = `${fine} of ${findings.length} findings are fine`;
  return hints === 0 ? count : `${count}, ${hints} ${hints === 1 ? 'is a hint' : 'are hints'}`;
}
