/** Printable ASCII without blanks at its ends: an engine's id also travels in a header. */
const ID = /^[!-~](?:[ -~]{0,126}[!-~])?$/;

/** What is wrong with the id of a mock. */
export function idProblem(id: string): string | undefined {
  return ID.test(id) ? undefined : 'must be 1 to 128 printable ASCII characters.';
}

/** Adapters are models to whoever asks for them, so each needs a name of its own; begins with its index. */
export function adapterProblem(names: readonly string[], model: string): string | undefined {
  const known = new Set([model]);
  for (const [index, name] of names.entries()) {
    if (known.has(name)) return `[${index}]: another model is called "${name}", too.`;
    known.add(name);
  }
  return undefined;
}
