import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './exec.ts';

/**
 * The text kept in a file under fixtures/. `UPDATE_GOLDEN=1` writes `actual` there first, to be looked
 * at in the diff.
 */
export function golden(name: string, actual: string): string {
  const path = join(ROOT, 'fixtures', name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  return readFileSync(path, 'utf8');
}
