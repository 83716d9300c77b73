import type { SourceNode } from '../schema/node.ts';
import { Fields, scenarioInvalid } from './fields.ts';
import { type CheckSpec, MEASURES, type SendStep } from './scenario.ts';

/** The checks of a scenario; without `steps` a check looks at every step. */
export function readChecks(fields: Fields, steps: readonly SendStep[]): CheckSpec[] {
  const names = steps.map(({ name }) => name);
  const checks = fields.list('expect').map((node, index) => readCheck(node, index, names));
  if (checks.length === 0) throw scenarioInvalid(fields.placeOf('expect'), 'expect is empty.');
  const ids = checks.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) {
    throw scenarioInvalid(fields.placeOf('expect'), `two checks are called "${twice}".`);
  }
  return checks;
}

function readCheck(node: SourceNode, index: number, names: readonly string[]): CheckSpec {
  const fields = new Fields(node, `expect[${index}]`);
  const measure = fields.choice('measure', MEASURES);
  const check: CheckSpec = {
    id: fields.text('id'),
    claim: fields.text('claim'),
    measure,
    steps: fields.node('steps') === undefined ? names : namesIn(fields, 'steps', names),
    against: measure === 'ttft-ratio' ? namesIn(fields, 'against', names) : [],
    reasons: measure === 'reason-rate' ? fields.texts('reasons').map(({ text }) => text) : [],
    atLeast: fields.numberOr('atLeast', { min: 0 }, undefined),
    atMost: fields.numberOr('atMost', { min: 0 }, undefined),
    remedy: fields.text('remedy'),
  };
  fields.close();
  if (check.atLeast === undefined && check.atMost === undefined) {
    throw scenarioInvalid(node.place, `${check.id} has neither atLeast nor atMost.`);
  }
  return check;
}

function namesIn(fields: Fields, key: string, names: readonly string[]): string[] {
  return fields.texts(key).map(({ text, place }) => {
    if (names.includes(text)) return text;
    const remedy = `Steps that send: ${names.join(', ')}.`;
    throw scenarioInvalid(place, `no step sends "${text}".`, remedy);
  });
}
