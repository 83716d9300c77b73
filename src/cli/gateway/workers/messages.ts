import type { MetricFamily } from '../../../protocol/prometheus.ts';
import { isNotes, type NotesMessage } from '../../../gateway/sharing/worker-exchange.ts';

/** Where a worker serves; the same for all of them. */
export interface Serving {
  id: string;
  url: string;
  urls: readonly string[];
  adminUrl: string | undefined;
}

/** What a worker tells the first process. */
export type FromWorker =
  | NotesMessage
  | { type: 'serving'; serving: Serving; metrics: { host: string; port: number } | undefined }
  | { type: 'metrics'; request: number; families: readonly MetricFamily[] };

/** What the first process tells a worker. */
export type ToWorker = NotesMessage | { type: 'metrics'; request: number } | { type: 'reload' };

/** Our own processes speak to each other: anything else is a defect, and is left alone. */
export function isFromWorker(message: unknown): message is FromWorker {
  const { type } = (message ?? {}) as Partial<FromWorker>;
  return isNotes(message) || type === 'serving' || type === 'metrics';
}
