/**
 * A header pattern of a route as a regular expression; undefined when it is none. Go writes flags in
 * front, as `(?i)`, and names groups `(?P<name>…)`, which JavaScript does not know.
 */
export function headerPattern(text: string): RegExp | undefined {
  const [prefix = '', flags = ''] = /^\(\?([ims]+)\)/.exec(text) ?? [];
  try {
    return new RegExp(
      text.slice(prefix.length).replaceAll('(?P<', '(?<'),
      [...new Set(flags)].join(''),
    );
  } catch {
    return undefined;
  }
}
