import type { Place } from '../schema/node.ts';

/** Where the keys of one file stand. */
export class Places {
  private readonly byPath = new Map<string, Place>();
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  set(path: string, place: Place): void {
    this.byPath.set(path, place);
  }

  /** Whether the key is written in the file. */
  has(path: string): boolean {
    return this.byPath.has(path);
  }

  /** Of the key, or of the nearest enclosing one that is written. */
  of(path: string): Place {
    for (let current = path; current !== ''; current = parentOf(current)) {
      const place = this.byPath.get(current);
      if (place) return place;
    }
    return { file: this.file, line: 1, column: 1 };
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['), 0));
}
