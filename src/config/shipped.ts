import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import type { YamlSource } from './yaml-source.ts';

/** Configs and templates that come with the package. */
export type ShippedConfig =
  | 'mock.yaml'
  | 'mock-legacy.yaml'
  | 'real-engine.yaml.tmpl'
  | 'starter-mock.yaml'
  | 'starter-real-engine.yaml';

export function shippedConfigPath(name: ShippedConfig): string {
  return join(packageRoot(), 'fixtures', 'config', name);
}

export function readShippedConfig(name: ShippedConfig): YamlSource {
  const file = shippedConfigPath(name);
  return { file, text: readFileSync(file, 'utf8') };
}
