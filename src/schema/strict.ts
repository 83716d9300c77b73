import type { KvcacheError } from '../base/errors.ts';
import type { ScalarSchema, Schema } from './describe.ts';
import { formatPlace, plainNode, type SourceNode, textNode } from './node.ts';
import { type Problem, Reader } from './read.ts';

/** What the caller makes its error of. */
export interface Refusal {
  /** A sentence that begins with the path: `engines[0].count must be a whole number …`. */
  message: string;
  /** `file:line:column`, or the path in what was never a file. */
  where: string;
}

export interface StrictOptions {
  /** What messages call the whole; their paths begin below it. */
  whole: string;
  /** Of what is read within a greater whole: `engines[0]`. */
  path?: string;
  /** The error to throw at the first problem. */
  invalid: (refusal: Refusal) => KvcacheError;
}

/** The value that a node describes. @throws what `invalid` gives, at the first problem */
export function readStrict<T>(schema: Schema<T>, node: SourceNode, options: StrictOptions): T {
  return new StrictReader(options, false).whole(schema, node);
}

/** The same of a value as JSON has it; absent is an empty map. */
export function readPlain<T>(schema: Schema<T>, value: unknown, options: StrictOptions): T {
  return readStrict(schema, plainNode(value, options.path ?? ''), options);
}

/** The same of the text of a flag or a variable, which messages call `name`. */
export function readText<T>(
  schema: ScalarSchema<T>,
  text: string,
  { name, invalid }: { name: string; invalid: StrictOptions['invalid'] },
): T {
  const isLoose = text !== '';
  return new StrictReader({ whole: name, invalid }, isLoose).whole(schema, textNode(text, name));
}

class StrictReader extends Reader {
  protected readonly isLoose: boolean;
  readonly #options: StrictOptions;

  constructor(options: StrictOptions, isLoose: boolean) {
    super();
    this.#options = options;
    this.isLoose = isLoose;
  }

  whole<T>(schema: Schema<T>, node: SourceNode): T {
    const { path = '' } = this.#options;
    return this.read(schema, node, { path, place: node.place }) as T;
  }

  protected seen(): void {
    // Nothing to note.
  }

  protected report({ path, place, says }: Problem): void {
    const { whole, invalid } = this.#options;
    throw invalid({ message: `${path || whole} ${says}`, where: formatPlace(place) });
  }
}

/** Where a path leads, or the nearest part around it that is written. */
export function whereIs(root: SourceNode, path: string): string {
  let [node, place] = [root, root.place];
  for (const [part] of path.matchAll(/[^.[\]]+/g)) {
    const entry = node.kind === 'map' ? node.entries.find(({ key }) => key === part) : undefined;
    const next = node.kind === 'list' ? node.items[Number(part)] : entry?.value;
    if (next === undefined) break;
    node = next;
    place = entry?.place ?? next.place;
  }
  return formatPlace(place);
}
