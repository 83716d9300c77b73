import type { PromptCertificate } from '../../load/certificate.ts';

/** What the prompts were. */
export function promptsLine(certificate: PromptCertificate): string {
  const { promptTokensMin: min, promptTokensMax: max, sharedTokens } = certificate;
  const length = min === max ? `${min}` : `${min} to ${max}`;
  const shared =
    sharedTokens === undefined
      ? ''
      : `, ${sharedTokens} shared (${certificate.expectedHitTokens} in blocks of ${certificate.blockTokens}, ${certificate.expectedChunkTokens} in chunks of 256)`;
  const source = certificate.tokenizer === 'engine' ? "the engine's count" : 'an estimate';
  return `${certificate.workload}, ${length} tokens by ${source}${shared}`;
}
