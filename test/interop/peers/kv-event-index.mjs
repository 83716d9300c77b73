// Follows an engine's KV events over ZeroMQ as the gateway does, in a process that finds the package
// zeromq where it was started. Each line on stdin is answered with what the index holds.
//   node kv-event-index.mjs DIST URL REPLAY
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [dist, url, replay] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${dist}/src/${path}.js`).href);
const [{ EventIndex }, { MetricRegistry }, { systemClock }] = await Promise.all([
  load('gateway/events/event-index'),
  load('protocol/metric-registry'),
  load('base/clock'),
]);
const lines = [];
const index = new EventIndex([{ endpointId: 'engine', url, replay, topic: '' }], {
  clock: systemClock,
  registry: new MetricRegistry(),
  log: (_level, message, error) => lines.push(`${message} ${error?.message ?? ''}`.trim()),
});
const engine = index.engine('engine');
for await (const _ of createInterface({ input: process.stdin })) {
  const held = { GPU: engine.blocks.hashes('GPU'), CPU: engine.blocks.hashes('CPU') };
  console.log(JSON.stringify({ isHeard: engine.isHeard, held, lines }));
}
index.close();
