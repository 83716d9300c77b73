import { RE2JS } from 're2js';

/**
 * A header pattern of a route, as Go reads it: RE2's language, which is matched in linear time
 * whatever the header says. Undefined when it is none.
 */
export function headerPattern(text: string): RE2JS | undefined {
  try {
    return RE2JS.compile(text);
  } catch {
    return undefined;
  }
}
