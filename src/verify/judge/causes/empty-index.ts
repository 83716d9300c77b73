import type { CauseRow } from './cause.ts';

/** Where the doctor found its own prompt listed, so that it cannot tell more. */
const REMEDY =
  'Check that every engine reports to this controller: enable_controller, pull and reply URLs, equal PYTHONHASHSEED, chunk_size 256 and heartbeats for the legacy controller; --coordinator-url, --coordinator-event-reporting and equal --chunk-size of every lmcache server for a coordinator.';

/** Nothing is ever listed. */
export const emptyIndex: CauseRow = {
  id: 'empty-index',
  sentence: () => 'The controller does not list prefixes that the engines hold.',
  remedy: (seen) => seen.findingRemedy('lookup') ?? REMEDY,
  speaksFor: (seen) => [
    seen.lookup != null &&
      seen.lookup.asked > 0 &&
      seen.lookup.listed === 0 &&
      `${seen.lookup?.asked} lookups right after the engines had the prompts, none listed`,
  ],
  speaksAgainst: (seen) => [(seen.lookup?.listed ?? 0) > 0 && 'some prompts are listed'],
};
