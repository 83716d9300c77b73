/**
 * Decodes GET /v1/models: served name → path or hub id that the engine loaded. Names whose entry
 * does not say are left out.
 */
export function decodeModelRoots(answer: unknown): Map<string, string> {
  const data = (answer as { data?: unknown } | null | undefined)?.data;
  const roots = new Map<string, string>();
  for (const entry of Array.isArray(data) ? (data as unknown[]) : []) {
    const { id, root } = (entry ?? {}) as Record<string, unknown>;
    if (typeof id === 'string' && typeof root === 'string' && root !== '') roots.set(id, root);
  }
  return roots;
}
