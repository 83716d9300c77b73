import { type CauseRow, when } from './cause.ts';

/** Nothing is ever listed. */
export const emptyIndex: CauseRow = {
  id: 'empty-index',
  sentence: () => 'The controller does not list prefixes that the engines hold.',
  remedy: () =>
    'Check that the engines report to this controller (enable_controller, pull and reply URLs), that PYTHONHASHSEED is equal everywhere (Python 3.12 or newer), that chunk_size is 256, and that heartbeats are on; a coordinator lists models by path or hub id, not by served name.',
  speaksFor: (seen) => [
    ...when(
      seen.figures.routing?.lookup != null &&
        seen.figures.routing.lookup.asked > 0 &&
        seen.figures.routing.lookup.listed === 0,
      `${seen.figures.routing?.lookup?.asked} lookups right after the engines had the prompts, none listed`,
    ),
  ],
  speaksAgainst: (seen) =>
    when((seen.figures.routing?.lookup?.listed ?? 0) > 0, 'some prompts are listed'),
};
