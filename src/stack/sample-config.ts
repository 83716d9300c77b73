import { mockGatewayConfig } from '../config/addresses.ts';
import type { ListenAddress } from '../net/listen.ts';
import type { StackMember } from './options.ts';

export interface SamplePlaces {
  listen: ListenAddress;
  metricPort: number;
  controller: StackMember;
  /** In the order of the cluster's endpoints; the first answers `/tokenize`. */
  engines: readonly [StackMember, StackMember];
}

/** The sample's gateway config for the places in use. */
export function sampleConfig({ listen, metricPort, controller, engines }: SamplePlaces): string {
  return mockGatewayConfig({
    listen: { host: listen.host ?? '0.0.0.0', port: listen.port },
    metricPort,
    controllerUrl: controller.url,
    engineUrls: [engines[0].url, engines[1].url],
  });
}
