/** Printable ASCII without blanks at its ends: an engine's id also travels in a header. */
const ID = /^[!-~](?:[ -~]{0,126}[!-~])?$/;

/** What is wrong with the id of a mock; begins with `where`. */
export function idProblem(id: string, where: string): string | undefined {
  return ID.test(id) ? undefined : `${where} must be 1 to 128 printable ASCII characters.`;
}

export function modelProblem(model: string, where: string): string | undefined {
  return model.trim() === '' ? `${where} must not be empty.` : undefined;
}

/** Adapters are models to whoever asks for them, so each needs a name of its own. */
export function adapterProblem(
  names: readonly unknown[],
  model: string,
  where: string,
): string | undefined {
  const known = new Set<unknown>([model]);
  for (const [index, name] of names.entries()) {
    if (typeof name !== 'string' || name.trim() === '') return `${where}[${index}] must be a name.`;
    if (known.has(name)) return `${where}[${index}]: another model is called "${name}", too.`;
    known.add(name);
  }
  return undefined;
}
