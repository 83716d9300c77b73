import { appendFileSync } from 'node:fs';
import type { Observation } from './observation.ts';

/** NDJSON file of every measured request, appended block by block, readable by its owner only. */
export class ObservationLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.#write([{ schema: 'kvcache.observations/v1' }]);
  }

  append(observations: readonly Observation[]): void {
    this.#write(observations);
  }

  #write(rows: readonly object[]): void {
    appendFileSync(this.path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''), {
      mode: 0o600,
    });
  }
}
