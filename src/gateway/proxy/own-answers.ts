import type { GatewayAnswer } from '../listener/answer.ts';

/** Why an endpoint gave no answer. */
export interface Failure {
  text: string;
  /** It may have seen some of the request. */
  isSent: boolean;
}

export function timedOut(timeoutMs: number): GatewayAnswer {
  return {
    status: 504,
    message: 'Gateway timeout',
    error: `no complete answer within ${timeoutMs} ms`,
  };
}

/** 502 where an engine was reached, 503 where none was. @param failure of the last endpoint tried; undefined when none could be tried */
export function unavailable(clusterName: string, failure: Failure | undefined): GatewayAnswer {
  if (failure?.isSent) {
    return {
      status: 502,
      message: 'Bad gateway',
      error: `no endpoint answered; the last one tried was ${failure.text}`,
    };
  }
  const error = failure
    ? `no endpoint could be reached; the last one tried was ${failure.text}`
    : `no endpoint of cluster ${clusterName} is available`;
  return { status: 503, message: 'Service unavailable', error };
}
