import type * as Re2 from 're2js';
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

/** Few configs have a pattern; a gateway without one starts without the package. */
const re2 = () => createRequire(import.meta.url)('re2js') as typeof Re2;

/**
 * A header pattern of a route, as Go reads it: RE2's language, which is matched in linear time
 * whatever the header says. Undefined when it is none.
 */
export function headerPattern(text: string): RE2JS | undefined {
  const { RE2JS } = re2();
  try {
    return RE2JS.compile(text);
  } catch {
    return undefined;
  }
}
