import { isRecord } from '../shape.ts';
import type { FaultKind } from './fault-rule.ts';

interface Target {
  route: string;
  /** Parsed JSON body. */
  body?: unknown;
}

type Reach = (target: Target) => boolean;

/** What faults of some kinds need to have any effect; those of the others strike any request. */
const REACH: Readonly<Partial<Record<FaultKind, Reach>>> = {
  slow: isCompletion,
  closeAfter: isCompletion,
  stallAfter: isStream,
  errorEvent: isStream,
  omitDone: isStream,
  badFrame: isStream,
  truncateJson: (target) => isCompletion(target) && !isStream(target),
  health: ({ route }) => route === '/health' || route === '/ping',
  metrics: ({ route }) => route === '/metrics',
  lookup: ({ route }) => route === '/lookup' || route === '/directory/lookup',
};

/** Whether a fault of this kind can strike the request; else its rule would be spent for nothing. */
export function canStrike(kind: FaultKind, target: Target): boolean {
  return REACH[kind]?.(target) ?? true;
}

function isCompletion({ route, body }: Target): boolean {
  return (route === '/v1/chat/completions' || route === '/v1/completions') && isRecord(body);
}

function isStream(target: Target): boolean {
  return isCompletion(target) && (target.body as { stream?: unknown }).stream === true;
}
