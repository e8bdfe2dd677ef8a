import { type Command, InvalidArgumentError } from 'commander';
import { PATH_MAX_BYTES } from '../../socket/address/address.js';

/** Adds the option that `read` and `send` share; the path is the one that classic C programs for this job use. */
export function addSocketOption(command: Command): Command {
  return command.option('--socket <path>', 'path of the Unix stream socket', socketPath, '/tmp/fd-pass.socket');
}

/** What can be no socket's path is wrong usage, said before anything is opened or done. */
function socketPath(text: string): string {
  // Many tools write the name of an abstract socket so: a file of that name is hardly ever meant.
  if (text.startsWith('@')) {
    throw new InvalidArgumentError(`Abstract names are not supported; the file of that name is ./${text}.`);
  }
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  const size = Buffer.byteLength(text);
  if (size > PATH_MAX_BYTES) {
    throw new InvalidArgumentError(
      `It has ${size} bytes; a socket address holds ${PATH_MAX_BYTES}, use a shorter path.`,
    );
  }
  return text;
}
