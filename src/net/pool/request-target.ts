/** Host and port by their characters, empty for none; enough to keep out what means two things. */
const HOST = /^(?:[\w.~%!$&'()*+,;=-]*|\[[\w.:%]+\])(?::\d*)?$/;

/** Whether this is what a `Host` field may say. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

/**
 * Path and query of a request target, also of one that names the server in full, as clients do
 * that take it for a proxy (RFC 9112 §3.2.2). Undefined when it is neither.
 */
export function originForm(target: string): string | undefined {
  if (target.startsWith('/')) return target;
  const match = /^https?:\/\/[^/?#]+(.*)$/i.exec(target);
  if (!match) return undefined;
  const rest = match[1]!;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
