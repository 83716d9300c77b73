import { fault } from '../fault.ts';
import { required, text } from '../../../src/schema/describe.ts';
import { ofRoutes } from '../reach.ts';

/** The controller answers lookups with nothing (`empty`), or names an instance that holds nothing. */
export const lookup = fault({
  parameters: { lie: required(text('`empty`, or an instance that holds nothing.')) },
  reach: ofRoutes('/lookup', '/directory/lookup'),
  lookup: ({ lie }, body) => {
    const { results, layout_info: layout } = (body ?? {}) as Partial<LookupBody>;
    if (results) return lieOfChunks(results, lie);
    if (!layout) return body;
    const [holding] = Object.values(layout);
    const isEmpty = lie === 'empty' || holding === undefined;
    return { ...(body as object), layout_info: isEmpty ? {} : { [lie]: holding } };
  },
});

/** Of the coordinator, or of the other APIs. */
interface LookupBody {
  results: readonly Chunk[];
  layout_info: Readonly<Record<string, unknown>>;
}

/** What the coordinator says of a chunk. */
interface Chunk {
  placements: readonly object[];
}

/** The same in the coordinator's shape. */
function lieOfChunks(chunks: readonly Chunk[], instance: string): object {
  if (instance === 'empty') return { chunks: 0, results: [] };
  const results = chunks.map((chunk) => ({
    ...chunk,
    placements: chunk.placements.slice(0, 1).map((placement) => ({
      ...placement,
      instance_id: instance,
    })),
  }));
  return { chunks: results.length, results };
}
