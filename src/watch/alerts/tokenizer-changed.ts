import { type AlertRow, CONSEQUENCES, evidenceOf, isCertain, ofSeries } from './alert.ts';

/** The same text, other tokens. */
export const tokenizerChanged: AlertRow = {
  id: 'tokenizer-changed',
  severity: 'critical',
  sentence: (engine) =>
    engine === ''
      ? 'Engines and gateway no longer count the same tokens in a prompt.'
      : `${engine} counts other tokens in a prompt than the other engines.`,
  remedy:
    'Give all engines the same model revision, tokenizer and chat template, and restart what differs.',
  causes: ['tokens-differ'],
  holds: (view) => {
    const atEngine = ofSeries(view, 'prompt-tokens');
    // Which engine it is may take a bucket longer to be certain.
    const somewhere = ofSeries(view, 'token-drift').filter(isCertain);
    const found = atEngine.length > 0 ? atEngine : somewhere;
    // Of two engines that part, nobody can tell which one changed.
    const parted = [1, -1].map((way) => found.some((it) => way * (it.value - it.usual) > 0));
    const isEither = view.engineIds.length === 2 || parted.every(Boolean);
    return found
      .slice(0, isEither ? 1 : undefined)
      .map((it) => ({ subject: isEither ? '' : it.subject, evidence: evidenceOf(it) }));
  },
  explains: [...CONSEQUENCES, 'prompt-tokens', 'token-drift', 'unheld'],
};
