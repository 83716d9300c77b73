/** What `work` makes of each item, in order, up to `ahead` of them under way at once. */
export async function* inOrder<In, Out>(
  items: AsyncIterable<In>,
  ahead: number,
  work: (item: In) => Promise<Out> | Out,
): AsyncGenerator<Out> {
  const started: Promise<Out>[] = [];
  for await (const item of items) {
    const made = Promise.resolve(work(item));
    // Whoever awaits it in its turn hears of it; until then it must not end the process.
    made.catch(() => undefined);
    started.push(made);
    if (started.length >= ahead) yield await started.shift()!;
  }
  for (const made of started) yield await made;
}
