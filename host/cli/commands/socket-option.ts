import type { Command } from 'commander';

/** Adds the option that `read` and `send` share; the path is the one that classic C programs for this job use. */
export function addSocketOption(command: Command): Command {
  return command.option('--socket <path>', 'path of the Unix stream socket', '/tmp/fd-pass.socket');
}
