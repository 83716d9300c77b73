import type { Schema } from '../../src/schema/describe.ts';
import { type MapEntry, type SourceNode, textNode } from '../../src/schema/node.ts';
import { quoted } from '../../src/schema/sentences.ts';
import { type FaultAction, faultInvalid, readAction } from './fault-rule.ts';
import { FAULTS, isFaultKind } from './kinds/index.ts';

const HEADER = 'x-mock-fault';
const place = { file: HEADER, line: 0, column: 0 };

/**
 * Reads the `x-mock-fault` header: `status:code=503,retryAfter=1`, `omitDone`. A value holds no comma.
 * @throws KvcacheError FAULT_RULE_INVALID (kind usage)
 */
export function readFaultHeader(text: string): FaultAction {
  const [name = '', rest = ''] = text.split(/:(.*)/s, 2);
  const kind = name.trim();
  const fields = isFaultKind(kind) ? FAULTS[kind].parameters.fields : {};
  const entries: MapEntry[] = [];
  for (const pair of rest.split(',')) {
    if (pair.trim() === '') continue;
    const [key = '', value = ''] = pair.split(/=(.*)/s, 2).map((part) => part.trim());
    if (entries.some((entry) => entry.key === key)) {
      throw faultInvalid({ message: `${HEADER} gives ${quoted(key)} twice.`, where: HEADER });
    }
    entries.push({
      key,
      place,
      value: { ...textNode(value, HEADER), isQuoted: isText(fields[key]) },
    });
  }
  const parameters: SourceNode = { kind: 'map', place, entries };
  const fault: SourceNode = {
    kind: 'map',
    place,
    entries: [{ key: kind, place, value: parameters }],
  };
  return readAction(fault, HEADER);
}

/** Whether what looks like a number is meant as text. */
function isText(field: Schema<unknown> | undefined): boolean {
  return field?.kind === 'any' || (field?.kind === 'scalar' && field.type === 'text');
}
