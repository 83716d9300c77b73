import type { WorkloadSpec } from '../../load/workload.ts';
import { cliError } from '../shell/errors.ts';

/**
 * A turn that waits for the answer before it is no open loop: the server would set its own rate.
 * @throws KvcacheError FLAG_INVALID (kind usage)
 */
export function refuseConversations(spec: WorkloadSpec): void {
  const parts = spec.kind === 'mixed' ? spec.parts.map((it) => it.spec) : [spec];
  if (!parts.some(({ kind }) => kind === 'chat')) return;
  throw cliError('FLAG_INVALID', {
    message: '--find cannot ask conversations, whose turns wait for each other.',
    remedy:
      'Use --workload shared-prefix with --reuse, which asks each beginning as often as a conversation has turns.',
  });
}
