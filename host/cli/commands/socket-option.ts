import { type Command, InvalidArgumentError } from 'commander';

/** Adds the option that `read` and `send` share; the path is the one that classic C programs for this job use. */
export function addSocketOption(command: Command): Command {
  return command.option('--socket <path>', 'path of the Unix stream socket', socketPath, '/tmp/fd-pass.socket');
}

/** Many tools write the name of an abstract socket with an @ in front: a file of that name is hardly ever meant. */
function socketPath(text: string): string {
  if (!text.startsWith('@')) return text;
  throw new InvalidArgumentError(`Abstract names are not supported; the file of that name is ./${text}.`);
}
