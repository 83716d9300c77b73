import { type ConfigIssue, makeIssue, sortIssues } from './issue.ts';
import { formatPlace } from '../schema/node.ts';
import { parseTemplate, type TemplatePart, type VariablePart } from './template.ts';
import { parseYamlSource, type YamlSource } from './yaml-source.ts';
import { type SourceNode } from '../schema/node.ts';
import { configError } from './errors.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Rendered {
  text: string;
  /** Names of the variables the template uses, in order of first use. */
  used: string[];
}

/**
 * Fills a YAML template in. A variable that is unset or blank takes the default written in the
 * template; without one it is an error, never an empty string. Values are put in as text, and
 * every one of them must come out of the rendered YAML as it went in: a value with a line break, or
 * with a quote or `#` that YAML reads as syntax, is an error.
 * @throws KvcacheError TEMPLATE_INVALID (kind usage) naming every fault with its position
 */
export function renderTemplate(template: YamlSource, variables: Variables): Rendered {
  const { parts, issues } = parseTemplate(template);
  const slots = parts.filter((part) => part.kind === 'variable');
  issues.push(...slots.flatMap((slot) => unsetIssue(slot, variables)));
  if (issues.length > 0) throw templateInvalid(template.file, issues);
  const valueOf = (slot: VariablePart): string =>
    valueIn(variables, slot.name) ?? slot.fallback ?? '';
  issues.push(...brokenValues(template, parts, valueOf));
  if (issues.length > 0) throw templateInvalid(template.file, issues);
  return { text: fill(parts, valueOf), used: [...new Set(slots.map(({ name }) => name))] };
}

function valueIn(variables: Variables, name: string): string | undefined {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  return value?.trim() === '' ? undefined : value;
}

function unsetIssue(slot: VariablePart, variables: Variables): ConfigIssue[] {
  const { name, place, fallback, complaint } = slot;
  if (valueIn(variables, name) !== undefined || fallback !== undefined) return [];
  const message = `${name} is not set${complaint ? `: ${complaint}` : '.'}`;
  return [makeIssue('template-variable-unset', { path: name, place }, { message })];
}

function fill(parts: readonly TemplatePart[], valueOf: (slot: VariablePart) => string): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : valueOf(part))).join('');
}

/** Stand-ins that YAML cannot misread; one per place, so that faults can be traced back. */
const sentinel = (index: number): string => `kvcacheSlot${index}End`;

/**
 * Reads the template once with stand-ins and once with the values. Both must give the same tree,
 * but for the stand-ins.
 */
function brokenValues(
  template: YamlSource,
  parts: readonly TemplatePart[],
  valueOf: (slot: VariablePart) => string,
): ConfigIssue[] {
  const slots = parts.filter((part) => part.kind === 'variable');
  const standIn = (slot: VariablePart): string => sentinel(slots.indexOf(slot));
  const expected = parseYamlSource({ ...template, text: fill(parts, standIn) });
  if (expected.issues.length > 0) return expected.issues;
  const actual = parseYamlSource({ ...template, text: fill(parts, valueOf) });
  const expectedLeaves = leavesOf(expected.root);
  const actualLeaves = new Set(leavesOf(actual.root).map(({ path, text }) => leafKey(path, text)));
  const restore = (text: string): string =>
    text.replaceAll(/kvcacheSlot(\d+)End/g, (_, index: string) => valueOf(slots[Number(index)]!));
  return expectedLeaves.flatMap(({ path, text }) => {
    const indices = slotIndices(path + text);
    if (indices.length === 0 || actualLeaves.has(leafKey(restore(path), restore(text)))) return [];
    return indices.map((index) => brokenIssue(slots[index]!));
  });
}

function leafKey(path: string, text: string): string {
  return JSON.stringify([path, text]);
}

function slotIndices(text: string): number[] {
  return [...text.matchAll(/kvcacheSlot(\d+)End/g)].map(([, index]) => Number(index));
}

function brokenIssue({ name, place }: VariablePart): ConfigIssue {
  const message = `The value of ${name} does not survive as text: YAML reads part of it as syntax.`;
  return makeIssue('template-value', { path: name, place }, { message });
}

function leavesOf(node: SourceNode | undefined, path = ''): { path: string; text: string }[] {
  switch (node?.kind) {
    case undefined:
      return [];
    case 'scalar':
      return [{ path, text: node.text }];
    case 'list':
      return node.items.flatMap((item, index) => leavesOf(item, `${path}[${index}]`));
    case 'map':
      return node.entries.flatMap(({ key, value }) => leavesOf(value, `${path}.${key}`));
  }
}

function templateInvalid(file: string, issues: readonly ConfigIssue[]) {
  const sorted = sortIssues(issues);
  const lines = sorted.map(({ place, message }) => `${formatPlace(place)} ${message}`);
  const isUnset = sorted.some(({ rule }) => rule === 'template-variable-unset');
  return configError('TEMPLATE_INVALID', {
    message: `The template ${file} cannot be filled in.`,
    where: sorted[0] && formatPlace(sorted[0].place),
    details: [...new Set(lines)],
    remedy: isUnset
      ? 'Set the variables in the environment or with --set NAME=VALUE, or give them a default: ${NAME:-default}.'
      : sorted[0]!.remedy,
  });
}
