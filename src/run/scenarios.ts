/** A scenario `kvcache run` knows by name. */
export interface Scenario {
  name: string;
  summary: string;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'mock',
    summary: 'the sample: mock controller, two mock engines and a gateway, five checks',
  },
];
