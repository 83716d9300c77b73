import { type ConfigIssue, type IssueText, makeIssue, type Place, sortIssues } from './issue.ts';
import { homesOf } from './key-homes.ts';
import { nearest } from './nearest.ts';
import { Places } from './places.ts';
import { readScalar } from './read-scalar.ts';
import type { RuleId } from './rules.ts';
import {
  type ListSchema,
  object,
  type ObjectSchema,
  type Schema,
  text,
  type VariantSchema,
} from './schema.ts';
import {
  type MapEntry,
  type MapNode,
  parseYamlSource,
  type SourceNode,
  type YamlSource,
} from './yaml-source.ts';

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
  const reader = new Reader(schema, places, issues);
  return { value: reader.read(schema, root, '') as T, issues: sortIssues(issues), places };
}

/** What is around the part of a variant that depends on its name. */
const VARIANT_FRAME = object('', { name: text(''), config: text('') }, { keyCase: 'any' });

const STATUS_RULES = {
  ignored: 'ignored-key',
  unsupported: 'unsupported-key',
  misplaced: 'misplaced-key',
  own: 'pixiu-ignores',
} as const;

/** Walks a tree of values along a schema. */
class Reader {
  private readonly root: Schema<unknown>;
  private readonly places: Places;
  private readonly issues: ConfigIssue[];

  constructor(root: Schema<unknown>, places: Places, issues: ConfigIssue[]) {
    this.root = root;
    this.places = places;
    this.issues = issues;
  }

  /** `node` is undefined when the key is absent. */
  read(schema: Schema<unknown>, node: SourceNode | undefined, path: string): unknown {
    if (node === undefined || (node.kind === 'scalar' && node.isNull)) {
      return this.absent(schema, path);
    }
    switch (schema.kind) {
      case 'any':
        return undefined;
      case 'scalar':
        if (node.kind !== 'scalar') return this.wrongType(node, path, 'one value', schema.fallback);
        return readScalar(schema, node, (rule, text) => this.report(rule, path, text));
      case 'list':
        return this.readList(schema, node, path);
      case 'text-map':
        return this.readTextMap(node, path);
      case 'variant':
        return this.readVariant(schema, node, path);
      case 'object':
        if (node.kind === 'map') return this.readObject(schema, node, path);
        return this.wrongType(node, path, 'a map of keys', this.absent(schema, path));
    }
  }

  private absent(schema: Schema<unknown>, path: string): unknown {
    switch (schema.kind) {
      case 'scalar':
        return schema.fallback;
      case 'list':
        return [];
      case 'text-map':
        return {};
      case 'object': {
        const empty: MapNode = { kind: 'map', place: this.places.of(path), entries: [] };
        return schema.optional ? undefined : this.readObject(schema, empty, path);
      }
      case 'any':
      case 'variant':
        return undefined;
    }
  }

  private readList(schema: ListSchema<unknown>, node: SourceNode, path: string): unknown[] {
    if (node.kind !== 'list') return this.wrongType(node, path, 'a list', []);
    return node.items
      .map((item, index) => {
        const itemPath = `${path}[${index}]`;
        this.places.set(itemPath, item.place);
        return this.read(schema.item, item, itemPath);
      })
      .filter((value) => value !== undefined);
  }

  private readTextMap(node: SourceNode, path: string): Record<string, string> {
    if (node.kind !== 'map') return this.wrongType(node, path, 'a map of texts', {});
    const values: Record<string, string> = {};
    for (const { key, place, value } of node.entries) {
      this.places.set(`${path}.${key}`, place);
      if (value.kind === 'scalar') values[key] = value.text;
      else this.wrongType(value, `${path}.${key}`, 'one value', undefined);
    }
    return values;
  }

  private readObject(schema: ObjectSchema<unknown>, node: MapNode, path: string): object {
    const found = this.matchKeys(schema, node, path);
    const values: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(schema.fields)) {
      const fieldPath = path === '' ? key : `${path}.${key}`;
      const entry = found.get(key);
      if (entry) {
        this.places.set(fieldPath, entry.place);
        this.reportStatus(field, fieldPath);
      } else if (field.required) {
        this.report('missing-key', path, { message: `${key} is missing.` });
      }
      values[key] = this.read(field, entry?.value, fieldPath);
    }
    return values;
  }

  private matchKeys(
    schema: ObjectSchema<unknown>,
    node: MapNode,
    path: string,
  ): Map<string, MapEntry> {
    const names = Object.keys(schema.fields);
    const found = new Map<string, MapEntry>();
    for (const entry of node.entries) {
      const name = names.find((it) => it.toLowerCase() === entry.key.toLowerCase());
      if (name === undefined) {
        this.unknownKey(schema, entry, path);
        continue;
      }
      if (name !== entry.key && schema.keyCase !== 'free')
        this.otherCase(schema, { name, entry, path });
      if (name !== entry.key && schema.keyCase === 'exact') continue;
      const earlier = found.get(name);
      if (earlier) {
        const message = `${entry.key} repeats ${earlier.key} of line ${earlier.place.line}.`;
        this.reportAt('duplicate-key', { path, place: entry.place }, { message });
      }
      // The one that Pixiu reads wins.
      if (earlier?.key !== name) found.set(name, entry);
    }
    return found;
  }

  private otherCase(
    schema: ObjectSchema<unknown>,
    { name, entry, path }: { name: string; entry: MapEntry; path: string },
  ): void {
    const { key, place } = entry;
    // Pixiu knows it in no letter case.
    if (name === 'x-kvcache') return;
    const isRead = schema.keyCase === 'any';
    const isOurs = schema.unknownKeys === 'error';
    const effect = isOurs ? 'The setting does nothing.' : schema.fields[name]?.unseen;
    this.reportAt(
      'key-case',
      { path: path === '' ? key : `${path}.${key}`, place },
      {
        severity: schema.unknownKeys,
        message: isRead
          ? `Pixiu knows ${name}, not ${key}; this gateway takes both.`
          : `${key} is not read: letter case counts.`,
        remedy: `Write ${name}.`,
        ...(effect !== undefined && { effect }),
      },
    );
  }

  private unknownKey(schema: ObjectSchema<unknown>, entry: MapEntry, path: string): void {
    const { key, place } = entry;
    const at = { path: path === '' ? key : `${path}.${key}`, place };
    const severity = schema.unknownKeys;
    const close = nearest(key, Object.keys(schema.fields));
    const homes = close === undefined ? homesOf(this.root, key, path) : [];
    if (homes.length > 0) {
      const isRetrySetting = /\.retry_policy$|\.llm_meta$/.test(path);
      this.reportAt(isRetrySetting ? 'times-outside-config' : 'misplaced-key', at, {
        severity,
        message: `${key} has no effect here.`,
        remedy: `Move it to ${homes.join(' or ')}.`,
      });
      return;
    }
    this.reportAt('unknown-key', at, {
      severity,
      message: `${key} is not a key ${path === '' ? 'of this file' : 'that is known here'}.`,
      ...(close !== undefined && { remedy: `Did you mean ${close}?` }),
    });
  }

  private readVariant(schema: VariantSchema<unknown>, node: SourceNode, path: string): unknown {
    if (node.kind !== 'map') return this.wrongType(node, path, 'name and config', undefined);
    const entries = this.matchKeys(VARIANT_FRAME, node, path);
    for (const [key, { place }] of entries) this.places.set(`${path}.${key}`, place);
    const nameNode = entries.get('name')?.value;
    const name = nameNode?.kind === 'scalar' ? nameNode.text : '';
    const body = Object.hasOwn(schema.variants, name) ? schema.variants[name] : undefined;
    if (!body) {
      const text = unknownFilterText(name, Object.keys(schema.variants));
      this.report('unknown-filter', `${path}.name`, text);
      return undefined;
    }
    const config = this.read(body, entries.get('config')?.value, `${path}.config`);
    return { name, path, config };
  }

  private reportStatus(field: Schema<unknown>, path: string): void {
    const { status } = field;
    if (status === undefined || status.kind === 'inert') return;
    const key = path.slice(path.lastIndexOf('.') + 1);
    const message = `${key}: ${status.why}.`;
    this.report(STATUS_RULES[status.kind], path, { message });
  }

  private wrongType<T>(node: SourceNode, path: string, expected: string, fallback: T): T {
    const actual = { list: 'a list', map: 'a map', scalar: 'one value' };
    const message = `Here stands ${actual[node.kind]} instead of ${expected}.`;
    const at = { path, place: node.place };
    this.reportAt('wrong-type', at, { message });
    return fallback;
  }

  private report(rule: RuleId, path: string, text: IssueText): void {
    this.reportAt(rule, { path, place: this.places.of(path) }, text);
  }

  private reportAt(rule: RuleId, at: { path: string; place: Place }, text: IssueText): void {
    this.issues.push(makeIssue(rule, at, text));
  }
}

function unknownFilterText(name: string, known: readonly string[]): IssueText {
  if (name === '') return { message: 'The filter has no name.', remedy: 'Add its name.' };
  const close = nearest(name, known);
  return {
    message: `The embedded gateway has no filter ${name}.`,
    ...(close !== undefined && { remedy: `Did you mean ${close}?` }),
  };
}
