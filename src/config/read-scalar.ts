import { formatDuration, parseDuration } from '../base/duration.ts';
import { parseHost } from '../base/origin.ts';
import type { IssueText } from './issue.ts';
import type { RuleId } from './rules.ts';
import type { ScalarSchema } from './schema.ts';
import type { ScalarNode } from './yaml-source.ts';

/** Says what is wrong with the value at hand. */
export type Report = (rule: RuleId, text: IssueText) => void;

/** Booleans of YAML 1.1, which Go's yaml.v2 reads. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  y: true,
  false: false,
  no: false,
  off: false,
  n: false,
};

/** The scalar's value, or the schema's fallback after `report` was told why. */
export function readScalar(
  schema: ScalarSchema<unknown>,
  node: ScalarNode,
  report: Report,
): unknown {
  if (node.isNull) return schema.fallback;
  switch (schema.type) {
    case 'text':
      return readText(schema, node.text, report);
    case 'boolean':
      return readBoolean(schema, node, report);
    case 'integer':
    case 'number':
      return readNumber(schema, node, report);
    case 'duration':
      return readDuration(schema, node, report);
  }
}

function readText(schema: ScalarSchema<unknown>, text: string, report: Report): unknown {
  if (text === '') return schema.fallback;
  if (schema.isHost) return readHost(schema, text, report);
  if (schema.oneOf === undefined || schema.oneOf.includes(text)) return text;
  report('not-a-choice', {
    message: `${quote(schema, text)} is none of ${schema.oneOf.join(', ')}.`,
  });
  return schema.fallback;
}

function readHost(schema: ScalarSchema<unknown>, text: string, report: Report): unknown {
  const host = parseHost(text);
  if (host !== undefined) return host;
  report('no-address', { message: `${quote(schema, text)} is no host name or IP address.` });
  return schema.fallback;
}

function readBoolean(schema: ScalarSchema<unknown>, node: ScalarNode, report: Report): unknown {
  const value = node.isQuoted ? undefined : BOOLEANS[node.text.toLowerCase()];
  if (value !== undefined) return value;
  report('wrong-type', { message: `${quote(schema, node.text)} is not true or false.` });
  return schema.fallback;
}

function readNumber(schema: ScalarSchema<unknown>, node: ScalarNode, report: Report): unknown {
  const isNumberText = node.text.trim() !== '' && (!node.isQuoted || schema.lenient === true);
  const value = isNumberText ? Number(node.text.replaceAll('_', '')) : Number.NaN;
  const kind = schema.type === 'integer' ? 'a whole number' : 'a number';
  if (!Number.isFinite(value) || (schema.type === 'integer' && !Number.isSafeInteger(value))) {
    const hint = node.isQuoted ? ' (it is quoted text)' : '';
    report('wrong-type', { message: `${quote(schema, node.text)} is not ${kind}${hint}.` });
    return schema.fallback;
  }
  return inRange(schema, value, { report, shown: node.text });
}

function readDuration(schema: ScalarSchema<unknown>, node: ScalarNode, report: Report): unknown {
  const ms = bareDuration(schema, node, report) ?? parseDuration(node.text);
  if (ms !== undefined) return inRange(schema, ms, { report, shown: node.text });
  const message = `${quote(schema, node.text)} is not a duration.`;
  if (schema.unreadableMs === undefined) {
    report('bad-duration', { message });
    return schema.fallback;
  }
  const used = formatDuration(schema.unreadableMs);
  report('bad-duration', { severity: 'warning', message, effect: `${used} is used instead.` });
  return schema.unreadableMs;
}

/** Milliseconds of a number without a unit, where such a number is taken. */
function bareDuration(
  schema: ScalarSchema<unknown>,
  node: ScalarNode,
  report: Report,
): number | undefined {
  const { bareUnitMs, bareEffect, unreadableMs } = schema;
  const isBare = /^\d+$/.test(node.text) && !(node.isQuoted && bareUnitMs === undefined);
  if (!isBare || unreadableMs !== undefined) return undefined;
  const value = Number(node.text);
  if (bareUnitMs !== undefined) return value * bareUnitMs;
  if (value !== 0 || bareEffect !== undefined) {
    report('bare-duration', {
      message: `${node.text} has no unit and means ${node.text} nanoseconds.`,
      ...(bareEffect !== undefined && { effect: bareEffect }),
    });
  }
  return value * 1e-6;
}

function inRange(
  schema: ScalarSchema<unknown>,
  value: number,
  context: { report: Report; shown: string },
): unknown {
  const { min, max } = schema;
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    const range = max === undefined ? `${min} or more` : `between ${min} and ${max}`;
    context.report('out-of-range', { message: `${context.shown} is not ${range}.` });
    return schema.fallback;
  }
  if (value !== 0 || schema.zeroIsUnset !== true) return value;
  context.report('zero-means-default', { message: `0 counts as not set; ${schema.shown} holds.` });
  return schema.fallback;
}

function quote(schema: ScalarSchema<unknown>, text: string): string {
  // What looks like a URL may carry a password.
  if (schema.secret || text.includes('@')) return 'The value';
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `"${shown.replaceAll(/\p{Cc}/gu, '\uFFFD')}"`;
}
