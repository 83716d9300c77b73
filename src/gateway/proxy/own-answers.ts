import type { GatewayAnswer } from '../listener/answer.ts';

export function timedOut(timeoutMs: number): GatewayAnswer {
  return {
    status: 504,
    message: 'Gateway timeout',
    error: `no complete answer within ${timeoutMs} ms`,
  };
}

/** @param failure why the last endpoint tried gave no answer; undefined when none could be tried */
export function unavailable(clusterName: string, failure: string | undefined): GatewayAnswer {
  const error =
    failure === undefined
      ? `no endpoint of cluster ${clusterName} is available`
      : `no endpoint could be reached; the last one tried was ${failure}`;
  return { status: 503, message: 'Service unavailable', error };
}
