import { originComplaint } from '../base/origin.ts';

const ZMQ_ADDRESS = /^tcp:\/\/(\[[^[\]]+\]|[^:/[\]]+):\d{1,5}$/;

export const isZmqAddress = (text: string): boolean => ZMQ_ADDRESS.test(text);

/** What is wrong with the address of an engine's KV events; undefined where nothing is. */
export function kvEventComplaint(url: string): string | undefined {
  const complaint = isZmqAddress(url) ? undefined : originComplaint(url);
  return complaint && `The address ${complaint[0]}, and is no tcp://HOST:PORT.`;
}
