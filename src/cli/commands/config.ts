import { Command } from 'commander';
import type { RunAction } from '../action.ts';
import { configInitCommand } from './config-init.ts';
import { configRenderCommand } from './config-render.ts';
import { configSchemaCommand } from './config-schema.ts';
import { configValidateCommand } from './config-validate.ts';

/** `kvcache config …`: everything about the gateway's config file. */
export function configCommand(run: RunAction): Command {
  return new Command('config')
    .description('Gateway configs: fill templates in, check, start one, describe the keys.')
    .addCommand(configRenderCommand(run))
    .addCommand(configValidateCommand(run))
    .addCommand(configInitCommand(run))
    .addCommand(configSchemaCommand(run));
}
