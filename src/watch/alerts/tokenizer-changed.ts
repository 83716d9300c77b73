import { type AlertRow, CONSEQUENCES, evidenceOf, isCertain, ofSeries } from './alert.ts';

/** The same text, other tokens. */
export const tokenizerChanged: AlertRow = {
  id: 'tokenizer-changed',
  severity: 'critical',
  sentence: (engine) =>
    engine === ''
      ? 'Engines count other tokens in a prompt than the gateway does.'
      : `${engine} counts other tokens in a prompt than the other engines.`,
  remedy:
    'Give all engines the same model revision, tokenizer and chat template, and restart what differs.',
  causes: ['tokens-differ'],
  holds: (view) => {
    const atEngine = ofSeries(view, 'prompt-tokens');
    // Which engine it is may take a bucket longer to be certain.
    const somewhere = ofSeries(view, 'token-drift').filter(isCertain);
    const found = atEngine.length > 0 ? atEngine : somewhere;
    return found.map((it) => ({ subject: it.subject, evidence: evidenceOf(it) }));
  },
  explains: [...CONSEQUENCES, 'prompt-tokens', 'token-drift', 'unheld'],
};
