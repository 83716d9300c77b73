import { startTestFleet } from '../../helpers/mock-fleet.ts';
import { HELD } from './legacy-requests.ts';

/** A mock fleet that speaks as that version and holds what the requests ask for. */
export async function startLegacyFleet(
  lmcache: string,
): Promise<{ url: string; close(): Promise<void> }> {
  const onDisk = { base: 'instant', tier: { location: 'LocalDiskBackend' } };
  const fleet = await startTestFleet({
    controller: { lmcache },
    engines: [{ id: 'engine-a' }, { id: 'engine-b' }, { id: 'engine-c', profile: onDisk }],
  });
  for (const { instance, location, tokens } of HELD) {
    fleet.engines.find(({ core }) => core.id === instance)!.core.operations.store(location, tokens);
  }
  return { url: fleet.urls.controller, close: () => fleet.close() };
}
