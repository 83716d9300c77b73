/**
 * The URL that a text is, if it is one. Not by `URL.canParse`: that of Node 20 refuses Latin-1 host
 * names once it has been optimised.
 */
export function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
