import { expect, it } from 'vitest';
import { placeGateway } from '../../src/stack/gateway-place.ts';
import type { GatewayProgram } from '../../src/stack/gateway-program.ts';

const program = (printsReadyLine: boolean): GatewayProgram => ({
  title: 'a gateway',
  program: { kind: 'foreign', file: '/bin/true', args: [] },
  cwd: '/',
  env: {},
  startDeadlineMs: 1,
  printsReadyLine,
});
const ANY = { listen: { host: '127.0.0.1', port: 0 }, metricPort: 0, source: 'a flag' };

it('leaves any port to a gateway that says what it got', async () => {
  expect(await placeGateway(program(true), ANY)).toEqual({
    listen: ANY.listen,
    metricPort: 0,
    place: { url: undefined, metricsUrl: null, source: 'a flag' },
  });
});

it('tells a stranger free ports, and where it is to be reached there', async () => {
  const { listen, metricPort, place } = await placeGateway(program(false), ANY);
  expect([listen.port, metricPort]).not.toContain(0);
  expect(place.url).toBe(`http://127.0.0.1:${listen.port}`);
  expect(place.metricsUrl).toBe(`http://127.0.0.1:${metricPort}/metrics`);
});

it('keeps ports that were chosen, IPv6 in brackets', async () => {
  const wanted = { ...ANY, listen: { host: '::1', port: 5 }, metricPort: 6 };
  const { place } = await placeGateway(program(true), wanted);
  expect(place.url).toBe('http://[::1]:5');
});
