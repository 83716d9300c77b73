import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import {
  ControllerCore,
  type ControllerOptions,
} from '../../../../mocks/controller/core/controller-core.ts';
import { movePrefix } from '../../../../mocks/controller/core/fleet-operations.ts';
import { EngineCore } from '../../../../mocks/engine/core/engine-core.ts';
import { instantProfile } from '../../../../mocks/profiles/builtin.ts';

const LOCATION = 'LocalCPUBackend';

function fleet(options: Partial<ControllerOptions> = {}, tierHashSeed = 0) {
  const clock = new VirtualClock();
  const controller = new ControllerCore({ clock, ...options });
  const engines = ['engine-a', 'engine-b'].map((id) => {
    const engine = new EngineCore({ id, clock, profile: instantProfile, tierHashSeed });
    controller.register({
      instanceId: id,
      workerId: 0,
      ip: '127.0.0.1',
      port: 1,
      peerInitUrl: null,
    });
    engine.onCacheEvent((event) => {
      if (event.location === LOCATION) controller.report(event);
    });
    return engine;
  });
  return { clock, controller, a: engines[0]!, b: engines[1]! };
}

function prompt(start: number, length: number): number[] {
  return Array.from({ length }, (_, index) => start + index);
}

function layout(controller: ControllerCore, tokens: number[]) {
  return Object.fromEntries(controller.lookup(tokens));
}

describe('lookup', () => {
  it('follows what the engine really holds, in whole chunks of 256', () => {
    const { controller, a } = fleet();
    expect(layout(controller, prompt(1, 600))).toEqual({});
    a.submit({ key: '1', promptTokens: prompt(1, 600) });
    expect(layout(controller, prompt(1, 600))).toEqual({
      'engine-a': { location: LOCATION, tokens: 512 },
    });
    expect(layout(controller, prompt(1, 300))).toEqual({
      'engine-a': { location: LOCATION, tokens: 256 },
    });
    expect(layout(controller, prompt(2, 600))).toEqual({});
    a.operations.clear(LOCATION);
    expect(layout(controller, prompt(1, 600))).toEqual({});
  });

  it('never knows prompts shorter than a chunk, unless engines store partial chunks', () => {
    const { controller, a } = fleet();
    a.submit({ key: '1', promptTokens: prompt(1, 255) });
    expect(layout(controller, prompt(1, 255))).toEqual({});
    const clock = new VirtualClock();
    const tier = { ...instantProfile.tier!, saveUnfullChunk: true };
    const engine = new EngineCore({ id: 'engine-a', clock, profile: { ...instantProfile, tier } });
    engine.onCacheEvent((event) => event.location === LOCATION && controller.report(event));
    engine.submit({ key: '1', promptTokens: prompt(1, 12) });
    expect(layout(controller, prompt(1, 12))['engine-a']?.tokens).toBe(12);
  });

  it('credits one holder per chunk, so counts are end offsets', () => {
    const { controller, a, b } = fleet();
    a.submit({ key: '1', promptTokens: prompt(1, 256) });
    b.submit({ key: '1', promptTokens: prompt(1, 512) });
    expect(layout(controller, prompt(1, 512))).toEqual({
      'engine-a': { location: LOCATION, tokens: 256 },
      'engine-b': { location: LOCATION, tokens: 512 },
    });
  });

  it('registry order credits the instance registered first', () => {
    const { controller, a, b } = fleet({ policy: 'registry-order' });
    b.submit({ key: '1', promptTokens: prompt(1, 512) });
    a.submit({ key: '1', promptTokens: prompt(1, 512) });
    expect(Object.keys(layout(controller, prompt(1, 512)))).toEqual(['engine-a']);
  });

  it('can name every holder with its own contiguous prefix', () => {
    const { controller, a, b } = fleet({ policy: 'all' });
    a.submit({ key: '1', promptTokens: prompt(1, 256) });
    b.submit({ key: '1', promptTokens: prompt(1, 512) });
    expect(layout(controller, prompt(1, 512))).toEqual({
      'engine-a': { location: LOCATION, tokens: 256 },
      'engine-b': { location: LOCATION, tokens: 512 },
    });
  });

  it('finds nothing when hash seeds differ or a request was salted', () => {
    const mismatched = fleet({}, 7);
    mismatched.a.submit({ key: '1', promptTokens: prompt(1, 600) });
    expect(layout(mismatched.controller, prompt(1, 600))).toEqual({});
    const { controller, a } = fleet();
    a.submit({ key: '1', promptTokens: prompt(1, 600), cacheSalt: 'tenant' });
    expect(layout(controller, prompt(1, 600))).toEqual({});
  });
});

describe('staleness', () => {
  it('events take effect after the lag', () => {
    const { clock, controller, a } = fleet();
    controller.faults.lagMs = 100;
    a.submit({ key: '1', promptTokens: prompt(1, 600) });
    clock.advanceBy(99);
    expect(layout(controller, prompt(1, 600))).toEqual({});
    clock.advanceBy(1);
    expect(Object.keys(layout(controller, prompt(1, 600)))).toEqual(['engine-a']);
  });

  it('a frozen index keeps answering for blocks that are gone', () => {
    const { controller, a } = fleet();
    a.submit({ key: '1', promptTokens: prompt(1, 600) });
    controller.faults.isFrozen = true;
    a.operations.clear(LOCATION);
    expect(Object.keys(layout(controller, prompt(1, 600)))).toEqual(['engine-a']);
  });

  it('a lying index names the wrong instance or too much', () => {
    const { controller, a } = fleet();
    a.submit({ key: '1', promptTokens: prompt(1, 600) });
    controller.faults.lie = 'wrong-instance';
    expect(Object.keys(layout(controller, prompt(1, 600)))).toEqual(['engine-b']);
    controller.faults.lie = 'whole-prompt';
    expect(layout(controller, prompt(1, 600))['engine-a']?.tokens).toBe(600);
  });

  it('a restart forgets all, and hears no one until they register again', () => {
    const { controller, a } = fleet();
    a.submit({ key: '1', promptTokens: prompt(1, 600) });
    controller.restart();
    expect(controller.heartbeat('engine-a', 0)).toBe(false);
    a.submit({ key: '2', promptTokens: prompt(5_000, 600) });
    expect(layout(controller, prompt(5_000, 600))).toEqual({});
    expect(controller.counters.eventsDropped).toBe(1);
  });
});

describe('orders to engines', () => {
  it('moves a prefix, and copies it when told', async () => {
    const { controller, a, b } = fleet({ policy: 'all' });
    const tokens = prompt(1, 600);
    a.submit({ key: '1', promptTokens: tokens });
    const order = {
      from: { port: a.operations, location: LOCATION },
      to: { port: b.operations, location: LOCATION },
      tokens,
    };
    expect(await movePrefix({ ...order, isCopy: true })).toBe(512);
    expect(Object.keys(layout(controller, tokens)).sort()).toEqual(['engine-a', 'engine-b']);
    expect(await movePrefix({ ...order, isCopy: false })).toBe(512);
    expect(Object.keys(layout(controller, tokens))).toEqual(['engine-b']);
  });

  it('pins end with their lease', () => {
    const { clock, a } = fleet();
    a.submit({ key: '1', promptTokens: prompt(1, 600) });
    expect(a.operations.pin(LOCATION, prompt(1, 600), 300_000)).toBe(512);
    expect(a.operations.clear(LOCATION)).toBe(0);
    clock.advanceBy(300_000);
    expect(a.operations.clear(LOCATION)).toBe(512);
  });
});
