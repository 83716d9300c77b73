import { isRecord } from '../../src/base/json.ts';

/** The request a fault is to strike. */
export interface Target {
  route: string;
  /** Parsed JSON body. */
  body?: unknown;
}

/** Whether a fault has any effect on the request; else its rule would be spent for nothing. */
export type Reach = (target: Target) => boolean;

export const ofCompletions: Reach = ({ route, body }) =>
  (route === '/v1/chat/completions' || route === '/v1/completions') && isRecord(body);

export const ofStreams: Reach = (target) =>
  ofCompletions(target) && (target.body as { stream?: unknown }).stream === true;

export const ofJsonAnswers: Reach = (target) => ofCompletions(target) && !ofStreams(target);

export function ofRoutes(...routes: readonly string[]): Reach {
  return ({ route }) => routes.includes(route);
}
