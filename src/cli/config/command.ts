import { Command } from 'commander';
import type { RunAction } from '../shell/action.ts';
import { configInitCommand } from './init/command.ts';
import { configRenderCommand } from './render/command.ts';
import { configSchemaCommand } from './schema/command.ts';
import { configValidateCommand } from './validate/command.ts';

/** `kvcache config …`: everything about the gateway's config file. */
export function configCommand(run: RunAction): Command {
  return new Command('config')
    .description('Gateway configs: fill templates in, check, start one, describe the keys.')
    .addCommand(configRenderCommand(run))
    .addCommand(configValidateCommand(run))
    .addCommand(configInitCommand(run))
    .addCommand(configSchemaCommand(run));
}
