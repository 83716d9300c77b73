import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { MapEntry, Place, ScalarNode, SourceNode } from '../schema/node.ts';
import { type ConfigIssue, type IssueText, makeIssue } from './issue.ts';

export interface YamlSource {
  text: string;
  /** As shown in positions. */
  file: string;
}

/** Aliases can multiply a small file without end. */
const NODES_MAX = 100_000;

/** Anchors and aliases of a file; the parser takes kilobytes and long for each. */
const REFERENCES_MAX = 20_000;

/** Keys and entries of a file, before its aliases are resolved; 1,000 endpoints have about 17,000. */
const ENTRIES_MAX = 80_000;
const REFERENCE = /(?<=[\s,[{-])[&*][^\s,[\]{}]/g;
/** What begins one outside of texts; inside of them it counts too, which no real file will notice. */
const ENTRY = /[{[,]|[-:]\s/g;

/** Parses one YAML document. `root` is undefined when the file is empty or cannot be parsed. */
export function parseYamlSource(source: YamlSource): {
  root: SourceNode | undefined;
  issues: ConfigIssue[];
} {
  const { file, text } = source;
  if (hasMoreThan(REFERENCES_MAX, REFERENCE, text)) {
    return tooMany(file, REFERENCES_MAX, 'anchors and aliases');
  }
  if (hasMoreThan(ENTRIES_MAX, ENTRY, text)) return tooMany(file, ENTRIES_MAX, 'keys and entries');
  const counter = new LineCounter();
  const document = parseDocument(source.text, {
    lineCounter: counter,
    prettyErrors: false,
    version: '1.1',
    // It compares each key with all before it; `repeatedKey` looks them up.
    uniqueKeys: false,
    merge: true,
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { file: source.file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // One slip makes the parser complain about everything behind it.
  const issues = document.errors
    .slice(0, 1)
    .map((error) =>
      makeIssue('yaml-syntax', { path: '', place: placeAt(error.pos[0]) }, yamlErrorText(error)),
    );
  const repeated = issues.length === 0 && repeatedKey(document);
  if (repeated) {
    const message = 'The file is not valid YAML: Map keys must be unique.';
    const place = placeAt(repeated.range![0]);
    issues.push(makeIssue('yaml-syntax', { path: '', place }, { message }));
  }
  if (issues.length > 0 || document.contents === null) return { root: undefined, issues };
  const builder = new TreeBuilder(document, placeAt);
  return { root: builder.build(document.contents), issues: builder.issues };
}

function hasMoreThan(max: number, pattern: RegExp, text: string): boolean {
  let count = 0;
  for (const _ of text.matchAll(pattern)) if (++count > max) return true;
  return false;
}

function tooMany(
  file: string,
  max: number,
  what: string,
): { root: undefined; issues: ConfigIssue[] } {
  const message = `The file holds more than ${max} ${what}.`;
  const place = { file, line: 1, column: 1 };
  return { root: undefined, issues: [makeIssue('yaml-syntax', { path: '', place }, { message })] };
}

/** The parser quotes what it stumbled over, which may be a secret; the place says enough. */
function yamlErrorText(error: YAMLError): IssueText {
  if (error.code === 'MULTIPLE_DOCS') {
    return {
      message: 'The file holds more than one YAML document.',
      remedy: 'Keep the one that is meant, and delete the line of dashes.',
    };
  }
  const what = error.message.split('\n')[0]!.replace(/:? ?["'`].*$/, '');
  return { message: `The file is not valid YAML: ${what}.` };
}

function scalarNode(node: Scalar, place: Place): ScalarNode {
  const isQuoted = node.type !== undefined && node.type !== 'PLAIN';
  const text = isQuoted ? String(node.value) : (node.source ?? '');
  return { kind: 'scalar', place, text, isQuoted, isNull: node.value === null };
}

function nothingAt(place: Place): ScalarNode {
  return { kind: 'scalar', place, text: '', isQuoted: false, isNull: true };
}

/** The first key that stands twice in one map. */
function repeatedKey(document: Document): Scalar | undefined {
  let found: Scalar | undefined;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key) || key.value === '<<') continue;
        if (seen.has(key.value)) {
          found = key;
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

/** What each alias refers to: the last anchor of its name before it. The library would search the whole document for each. */
function targetsOf(document: Document): Map<Alias, Node | undefined> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node | undefined>();
  visit(document, {
    Alias: (_, alias) => void targets.set(alias, anchors.get(alias.source)),
    Value: (_, node) => void (node.anchor !== undefined && anchors.set(node.anchor, node)),
  });
  return targets;
}

/** Turns the library's syntax tree into ours. */
class TreeBuilder {
  readonly issues: ConfigIssue[] = [];
  private readonly placeAt: (offset: number) => Place;
  private readonly targets: ReadonlyMap<Alias, Node | undefined>;
  private readonly open = new Set<Node>();
  private nodes = 0;

  constructor(document: Document, placeAt: (offset: number) => Place) {
    this.placeAt = placeAt;
    this.targets = targetsOf(document);
  }

  build(node: Node | null): SourceNode {
    const place = this.placeAt(node?.range?.[0] ?? 0);
    this.nodes += 1;
    if (this.nodes > NODES_MAX) return this.tooLarge(place);
    if (isAlias(node)) return this.buildTarget(this.targetOf(node, place), place);
    if (isMap(node)) return { kind: 'map', place, entries: this.entriesOf(node) };
    if (isSeq(node)) {
      return { kind: 'list', place, items: node.items.map((item) => this.build(item as Node)) };
    }
    return isScalar(node) ? scalarNode(node, place) : nothingAt(place);
  }

  private buildTarget(target: Node | null, place: Place): SourceNode {
    if (target === null) return nothingAt(place);
    if (this.open.has(target)) {
      const message = 'The file is not valid YAML: an alias stands inside what it refers to.';
      this.issues.push(makeIssue('yaml-syntax', { path: '', place }, { message }));
      return nothingAt(place);
    }
    this.open.add(target);
    const built = this.build(target);
    this.open.delete(target);
    return built;
  }

  private targetOf(alias: Alias, place: Place): Node | null {
    const target = this.targets.get(alias);
    if (target) return target;
    const message = `The file is not valid YAML: the alias ${alias.source} has no anchor.`;
    this.issues.push(makeIssue('yaml-syntax', { path: '', place }, { message }));
    return null;
  }

  private tooLarge(place: Place): SourceNode {
    if (this.nodes === NODES_MAX + 1) {
      const message = `The file holds more than ${NODES_MAX} values once its aliases are resolved.`;
      this.issues.push(makeIssue('yaml-syntax', { path: '', place }, { message }));
    }
    return nothingAt(place);
  }

  private entriesOf(map: YAMLMap): MapEntry[] {
    const own: MapEntry[] = [];
    const merged: MapEntry[] = [];
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const key = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : '?';
      if (key === '<<' && this.nodes <= NODES_MAX) merged.push(...this.mergedEntries(pair.value));
      else own.push(this.entry(key, pair));
    }
    const ownKeys = new Set(own.map(({ key }) => key));
    return [...own, ...merged.filter(({ key }) => !ownKeys.has(key))];
  }

  private entry(key: string, pair: Pair<Node, Node | null>): MapEntry {
    const place = this.placeAt(pair.key.range?.[0] ?? 0);
    const value = this.build(pair.value);
    // An empty value has no range of its own to speak of; its key is where the user looks.
    return {
      key,
      place,
      value: value.kind === 'scalar' && value.isNull ? { ...value, place } : value,
    };
  }

  private mergedEntries(value: Node | null): MapEntry[] {
    const node = this.build(value);
    const maps = node.kind === 'list' ? node.items : [node];
    const found = new Map<string, MapEntry>();
    for (const entry of maps.flatMap((map) => (map.kind === 'map' ? map.entries : []))) {
      if (!found.has(entry.key)) found.set(entry.key, entry);
    }
    return [...found.values()];
  }
}
