import {
  type AnySchema,
  type ListSchema,
  type MapSchema,
  type ObjectSchema,
  type ScalarSchema,
  type Schema,
  text,
  type VariantSchema,
} from './describe.ts';
import {
  keyPath,
  type MapEntry,
  type MapNode,
  type Place,
  plainOf,
  type ScalarNode,
  type SourceNode,
} from './node.ts';
import { type ScalarProblem, takeScalar } from './read-scalar.ts';
import { guess, insteadOf, mustBeScalar, quoted } from './sentences.ts';

export type ProblemKind =
  | ScalarProblem
  | 'unknown-key'
  | 'missing-key'
  | 'unknown-variant'
  /** A rule of the caller's own is broken. */
  | 'unfit';

/** What is wrong at one place. */
export interface Problem {
  kind: ProblemKind;
  /** `engines[0].id`; empty for the whole. */
  path: string;
  place: Place;
  /** A sentence without its subject: `must be a list, not 3.` */
  says: string;
}

/** Where a value stands or would stand; the place is its key's, or that of what is around it. */
export interface At {
  path: string;
  place: Place;
}

/** Walks a tree of values along a description; what becomes of a problem is the heir's to say. */
export abstract class Reader {
  /** Takes any scalar as text and null as absent. */
  protected abstract readonly isLoose: boolean;

  /** Throws, or takes note: then the default stands in for the value. */
  protected abstract report(problem: Problem): void;

  /** `node` is undefined when the key is absent. */
  protected read(schema: Schema<unknown>, node: SourceNode | undefined, at: At): unknown {
    const isNull = node?.kind === 'scalar' && node.isNull;
    if (node === undefined || (isNull && this.isLoose)) return this.absent(schema, at);
    if (isNull && schema.nullable) return null;
    const value = this.readPresent(schema, node, at.path);
    const says = schema.check?.(value as never);
    if (says !== undefined) this.problem('unfit', { path: at.path, place: node.place }, says);
    return value;
  }

  private readPresent(schema: Schema<unknown>, node: SourceNode, path: string): unknown {
    switch (schema.kind) {
      case 'any':
        return schema.isPlain ? plainOf(node) : node;
      case 'scalar':
        return this.readScalar(schema, node, path);
      case 'list':
        return this.readList(schema, node, path);
      case 'map':
        return this.readMap(schema, node, path);
      case 'variant':
        return this.readVariant(schema, node, path);
      case 'object': {
        if (node.kind === 'map') return this.readObject(schema, node, path);
        this.wrongType(node, path, 'a map');
        return this.absent(schema, { path, place: node.place });
      }
    }
  }

  private absent(schema: Schema<unknown>, at: At): unknown {
    if (schema.kind === 'scalar') return schema.fallback;
    if (schema.optional) return undefined;
    switch (schema.kind) {
      case 'list':
        return [];
      case 'map':
        return {};
      case 'object':
        return this.readObject(schema, { kind: 'map', place: at.place, entries: [] }, at.path);
      case 'any':
      case 'variant':
        return undefined;
    }
  }

  protected readScalar(schema: ScalarSchema<unknown>, node: SourceNode, path: string): unknown {
    const taken = node.kind === 'scalar' ? takeScalar(schema, node, this.isLoose) : 'wrong-type';
    if (typeof taken === 'object') return taken.value;
    this.problem(taken, { path, place: node.place }, mustBeScalar(schema, node));
    return schema.fallback;
  }

  private readList(schema: ListSchema<unknown>, node: SourceNode, path: string): unknown[] {
    const { item, min = 0 } = schema;
    const expected = min > 1 ? `a list of at least ${min}` : 'a list with an entry';
    if (node.kind !== 'list') {
      this.wrongType(node, path, min > 0 ? expected : 'a list');
      return [];
    }
    if (node.items.length < min) {
      this.problem('wrong-type', { path, place: node.place }, `must be ${expected}.`);
    }
    return node.items
      .map((child, index) => {
        const at = { path: `${path}[${index}]`, place: child.place };
        this.seen(item, at);
        return this.read(item, child, at);
      })
      .filter((value) => value !== undefined);
  }

  private readMap(schema: MapSchema<unknown>, node: SourceNode, path: string): object {
    if (node.kind !== 'map') {
      this.wrongType(node, path, 'a map');
      return {};
    }
    return Object.fromEntries(
      node.entries.map(({ key, place, value }) => {
        const at = { path: keyPath(path, key), place };
        this.seen(schema.item, at);
        return [key, this.read(schema.item, value, at)];
      }),
    );
  }

  /** Absent members are left out. */
  protected readObject(schema: ObjectSchema<unknown>, node: MapNode, path: string): object {
    const found = this.matchKeys(schema, node, path);
    const values: [string, unknown][] = [];
    for (const [key, field] of Object.entries(schema.fields)) {
      const entry = found.get(key);
      const at = { path: keyPath(path, key), place: entry?.place ?? node.place };
      if (entry) this.seen(field, at);
      else if (field.required) this.problem('missing-key', at, 'is missing.');
      const value = this.read(field, entry?.value, at);
      if (value !== undefined) values.push([key, value]);
    }
    return Object.fromEntries(values);
  }

  /** Told of every key and list entry before it is read. */
  protected abstract seen(schema: Schema<unknown>, at: At): void;

  /** Which of the schema's keys are there. */
  protected matchKeys(
    schema: ObjectSchema<unknown>,
    node: MapNode,
    path: string,
  ): Map<string, MapEntry> {
    const known = Object.keys(schema.fields);
    for (const { key, place } of node.entries) {
      if (!Object.hasOwn(schema.fields, key)) this.unknownKey(key, known, { path, place });
    }
    return new Map(node.entries.map((entry) => [entry.key, entry]));
  }

  private unknownKey(key: string, known: readonly string[], { path, place }: At): void {
    const hint = guess(key, known) || ` Known here: ${known.join(', ') || 'none'}.`;
    const says = `has an unknown key ${quoted(key)}.${hint}`;
    this.problem('unknown-key', { path, place }, says);
  }

  private readVariant(schema: VariantSchema<unknown>, node: SourceNode, path: string): unknown {
    const { tag, body } = schema;
    if (node.kind === 'map') {
      return body === undefined
        ? this.readTagged(schema, node, path)
        : this.readNamed(schema, { node, body, path });
    }
    this.wrongType(node, path, body === undefined ? 'a map' : `a map of ${tag} and ${body}`);
    return undefined;
  }

  private readTagged(schema: VariantSchema<unknown>, node: MapNode, path: string): unknown {
    const { tag } = schema;
    const chosen = this.choose(schema, node.entries.find(({ key }) => key === tag)?.value, {
      path: keyPath(path, tag),
      place: node.place,
    });
    return chosen && this.readObject(withTag(chosen, tag), node, path);
  }

  private readNamed(
    schema: VariantSchema<unknown>,
    { node, body, path }: { node: MapNode; body: string; path: string },
  ): unknown {
    const { tag } = schema;
    const part: AnySchema<SourceNode | undefined> = { kind: 'any', doc: '' };
    const frame = { ...schema, kind: 'object', fields: { [tag]: part, [body]: part } } as const;
    const found = this.readObject(frame, node, path) as Record<string, SourceNode | undefined>;
    const chosen = this.choose(schema, found[tag], { path: keyPath(path, tag), place: node.place });
    if (!chosen) return undefined;
    const at = { path: keyPath(path, body), place: found[body]?.place ?? node.place };
    const name = (found[tag] as ScalarNode).text;
    return { [tag]: name, path, [body]: this.read(chosen, found[body], at) };
  }

  private choose(
    { variants }: VariantSchema<unknown>,
    node: SourceNode | undefined,
    at: At,
  ): ObjectSchema<unknown> | undefined {
    const name = node?.kind === 'scalar' ? node.text : '';
    if (Object.hasOwn(variants, name)) return variants[name];
    const known = Object.keys(variants);
    const says =
      node === undefined
        ? 'is missing.'
        : `must be one of ${known.join(', ')}${insteadOf(node)}.${guess(name, known)}`;
    this.problem('unknown-variant', { ...at, place: node?.place ?? at.place }, says);
    return undefined;
  }

  private wrongType(node: SourceNode, path: string, expected: string): void {
    const says = `must be ${expected}${insteadOf(node)}.`;
    this.problem('wrong-type', { path, place: node.place }, says);
  }

  protected problem(kind: ProblemKind, { path, place }: At, says: string): void {
    this.report({ kind, path, place, says });
  }
}

function withTag(variant: ObjectSchema<unknown>, tag: string): ObjectSchema<unknown> {
  return { ...variant, fields: { [tag]: text('Which kind.'), ...variant.fields } };
}
