import { type FaultAction, faultInvalid, readAction } from './fault-rule.ts';
import { FAULTS, isFaultKind } from './kinds/index.ts';
import { type Members, quoted } from './members.ts';

/**
 * Reads the `x-mock-fault` header: `status:code=503,retryAfter=1`, `omitDone`. A value holds no comma.
 * @throws KvcacheError FAULT_RULE_INVALID (kind usage)
 */
export function readFaultHeader(text: string): FaultAction {
  const [name = '', rest = ''] = text.split(/:(.*)/s, 2);
  const kind = name.trim();
  const members: Members = isFaultKind(kind) ? FAULTS[kind].parameters : {};
  const parameters = new Map<string, unknown>();
  for (const pair of rest.split(',')) {
    if (pair.trim() === '') continue;
    const [key = '', value = ''] = pair.split(/=(.*)/s, 2).map((part) => part.trim());
    if (parameters.has(key)) throw faultInvalid(`x-mock-fault gives ${quoted(key)} twice.`);
    const takesText = Object.hasOwn(members, key) && members[key]!.accepts(value);
    parameters.set(key, takesText ? value : readScalar(value));
  }
  return readAction({ [kind]: Object.fromEntries(parameters) }, 'x-mock-fault');
}

function readScalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
