import { formatDuration, parseDuration } from '../base/duration.ts';
import type { ObjectSchema, ScalarSchema, Schema } from '../schema/describe.ts';
import { nearest } from '../schema/nearest.ts';
import {
  keyPath,
  type MapEntry,
  type MapNode,
  type ScalarNode,
  type SourceNode,
} from '../schema/node.ts';
import { type At, type Problem, Reader } from '../schema/read.ts';
import { mustBeScalar } from '../schema/sentences.ts';
import { type ConfigIssue, type IssueText, makeIssue, sortIssues } from './issue.ts';
import { homesOf } from './key-homes.ts';
import { Places } from './places.ts';
import type { RuleId } from './rules.ts';
import { parseYamlSource, type YamlSource } from './yaml-source.ts';

export interface ReadResult<T> {
  /** Undefined only when the file is empty or no YAML. Unreadable values are replaced by defaults. */
  value: T | undefined;
  issues: ConfigIssue[];
  places: Places;
}

/**
 * Reads a YAML file by its description; every issue says where. Never throws: a caller that cannot go
 * on with errors throws `configInvalid(file, issues)`.
 */
export function readYaml<T>(schema: Schema<T>, source: YamlSource): ReadResult<T> {
  const places = new Places(source.file);
  const { root, issues } = parseYamlSource(source);
  if (!root) {
    if (issues.length === 0) {
      const text = { message: 'The file is empty.' };
      issues.push(makeIssue('empty-config', { path: '', place: places.of('') }, text));
    }
    return { value: undefined, issues, places };
  }
  const value = new ConfigReader(schema, places, issues).whole(root) as T;
  return { value, issues: sortIssues(issues), places };
}

const STATUS_RULES = {
  ignored: 'ignored-key',
  unsupported: 'unsupported-key',
  misplaced: 'misplaced-key',
  own: 'pixiu-ignores',
} as const;

const PROBLEM_RULES = {
  'wrong-type': 'wrong-type',
  'not-a-choice': 'not-a-choice',
  'no-address': 'no-address',
  'out-of-range': 'out-of-range',
  'bad-duration': 'bad-duration',
  'missing-key': 'missing-key',
  'unknown-key': 'unknown-key',
  'unknown-variant': 'unknown-filter',
  unfit: 'wrong-type',
} as const satisfies Record<Problem['kind'], RuleId>;

/** Unknown keys whose likely meaning is looked for; a file with more is no config with slips. */
const LOOKED_UP_MAX = 100;

/** Reads as the gateway does, and says where Pixiu would do something else. */
class ConfigReader extends Reader {
  protected readonly isLoose = true;
  private readonly root: Schema<unknown>;
  private readonly places: Places;
  private readonly issues: ConfigIssue[];
  private strayKeys = 0;

  constructor(root: Schema<unknown>, places: Places, issues: ConfigIssue[]) {
    super();
    this.root = root;
    this.places = places;
    this.issues = issues;
  }

  whole(node: SourceNode): unknown {
    return this.read(this.root, node, { path: '', place: node.place });
  }

  protected report({ kind, path, place, says }: Problem): void {
    const at = { path, place: kind === 'wrong-type' ? place : this.places.of(path) };
    this.issueAt(PROBLEM_RULES[kind], at, { message: `${lastKey(path) || 'The file'} ${says}` });
  }

  protected override seen({ status }: Schema<unknown>, { path, place }: At): void {
    this.places.set(path, place);
    if (status === undefined || status.kind === 'inert') return;
    this.issue(STATUS_RULES[status.kind], path, { message: `${lastKey(path)}: ${status.why}.` });
  }

  protected override readScalar(
    schema: ScalarSchema<unknown>,
    node: SourceNode,
    path: string,
  ): unknown {
    if (node.kind !== 'scalar') return super.readScalar(schema, node, path);
    const atKey = { ...node, place: this.places.of(path) };
    const value =
      schema.type === 'duration'
        ? this.readDuration(schema, atKey, path)
        : super.readScalar(schema, atKey, path);
    if (value !== 0 || schema.zeroIsUnset !== true) return value;
    const message = `0 counts as not set; ${schema.shown} holds.`;
    this.issue('zero-means-default', path, { message });
    return schema.fallback;
  }

  private readDuration(schema: ScalarSchema<unknown>, node: ScalarNode, path: string): unknown {
    const { unreadableMs } = schema;
    const bareMs = this.bareDuration(schema, node, path);
    if (bareMs !== undefined) return bareMs;
    if (unreadableMs === undefined || parseDuration(node.text) !== undefined) {
      return super.readScalar(schema, node, path);
    }
    this.issue('bad-duration', path, {
      severity: 'warning',
      message: `${lastKey(path)} ${mustBeScalar(schema, node)}`,
      effect: `${formatDuration(unreadableMs)} is used instead.`,
    });
    return unreadableMs;
  }

  /** Milliseconds of a number without a unit, where such a number is taken. */
  private bareDuration(
    { bareUnitMs, bareEffect, unreadableMs }: ScalarSchema<unknown>,
    { text, isQuoted }: ScalarNode,
    path: string,
  ): number | undefined {
    const isBare = /^\d+$/.test(text) && !(isQuoted && bareUnitMs === undefined);
    if (!isBare || unreadableMs !== undefined) return undefined;
    const value = Number(text);
    if (bareUnitMs !== undefined) return value * bareUnitMs;
    if (value !== 0 || bareEffect !== undefined) {
      this.issue('bare-duration', path, {
        message: `${text} has no unit and means ${text} nanoseconds.`,
        ...(bareEffect !== undefined && { effect: bareEffect }),
      });
    }
    return value * 1e-6;
  }

  protected override matchKeys(
    schema: ObjectSchema<unknown>,
    node: MapNode,
    path: string,
  ): Map<string, MapEntry> {
    const names = Object.keys(schema.fields);
    const { keyCase = 'exact' } = schema;
    const found = new Map<string, MapEntry>();
    for (const entry of node.entries) {
      const name = names.find((it) => it.toLowerCase() === entry.key.toLowerCase());
      const at = { path: keyPath(path, entry.key), place: entry.place };
      if (name === undefined) {
        this.strayKey(schema, entry.key, { ...at, parent: path });
        continue;
      }
      if (name !== entry.key && keyCase !== 'free') this.otherCase(schema, { name, entry, at });
      if (name !== entry.key && keyCase === 'exact') continue;
      const earlier = found.get(name);
      if (earlier) {
        const message = `${entry.key} repeats ${earlier.key} of line ${earlier.place.line}.`;
        this.issueAt('duplicate-key', { path, place: entry.place }, { message });
      }
      // The one that Pixiu reads wins.
      if (earlier?.key !== name) found.set(name, entry);
    }
    return found;
  }

  private otherCase(
    { keyCase, unknownKeys: severity = 'warning', fields }: ObjectSchema<unknown>,
    { name, entry, at }: { name: string; entry: MapEntry; at: At },
  ): void {
    // Pixiu knows it in no letter case.
    if (name === 'x-kvcache') return;
    const effect = severity === 'error' ? 'The setting does nothing.' : fields[name]?.unseen;
    this.issueAt('key-case', at, {
      severity,
      message:
        keyCase === 'any'
          ? `Pixiu knows ${name}, not ${entry.key}; this gateway takes both.`
          : `${entry.key} is not read: letter case counts.`,
      remedy: `Write ${name}.`,
      ...(effect !== undefined && { effect }),
    });
  }

  private strayKey(
    { fields, unknownKeys: severity = 'warning' }: ObjectSchema<unknown>,
    key: string,
    { parent, ...at }: At & { parent: string },
  ): void {
    this.strayKeys += 1;
    const isLookedUp = this.strayKeys <= LOOKED_UP_MAX;
    const close = isLookedUp ? nearest(key, Object.keys(fields)) : undefined;
    const homes = isLookedUp && close === undefined ? homesOf(this.root, key, parent) : [];
    if (homes.length > 0) {
      const isRetrySetting = /\.retry_policy$|\.llm_meta$/.test(parent);
      this.issueAt(isRetrySetting ? 'times-outside-config' : 'misplaced-key', at, {
        severity,
        message: `${key} has no effect here.`,
        remedy: `Move it to ${homes.join(' or ')}.`,
      });
      return;
    }
    this.issueAt('unknown-key', at, {
      severity,
      message: `${key} is not a key ${parent === '' ? 'of this file' : 'that is known here'}.`,
      ...(close !== undefined && { remedy: `Did you mean ${close}?` }),
    });
  }

  private issue(rule: RuleId, path: string, text: IssueText): void {
    this.issueAt(rule, { path, place: this.places.of(path) }, text);
  }

  private issueAt(rule: RuleId, at: At, text: IssueText): void {
    this.issues.push(makeIssue(rule, at, text));
  }
}

function lastKey(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
