import { type Command, InvalidArgumentError, Option } from 'commander';
import { runsOption, seedOption } from '../fuzz/options.js';

/** Adds `ancillary queue check`. */
export function addQueueCheckCommand(queue: Command): void {
  queue
    .command('check')
    .summary('compare this kernel with the model of a queue')
    .description('Makes calls by chance on queues of a namespace of their own, and compares each with the model.')
    .addOption(runsOption().default(1_000_000))
    .addOption(seedOption())
    .addOption(replayOption().conflicts(['runs', 'seed']))
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
Calls are msgget, msgsnd, msgrcv and msgctl with usual and hostile arguments, in sequences on up to four queues. Of each
the result, errno, type and bytes are compared, and then the number of messages and of bytes in the queue, its limit,
and whether its pids and times are written. No call waits: IPC_NOWAIT is not shown. The queues are in an IPC namespace
of their own, which unshare of util-linux makes (and a user namespace, where that is allowed), and end with it. --runs
counts operations.

A sequence on which kernel and model disagree is made as short as it still shows the same; --replay tries it again.
Ctrl-C ends the run with what has been compared.

In JSON: agrees, operations, seed, seconds, perSecond; stopped (a signal) where one ended it; disagreement with class,
calls, model and kernel (what each has for the last call), input (for --replay), replay (a command).

Examples:
  ancillary queue check --runs 20000
  ancillary queue check --runs 20000 --seed 1 --json
  ancillary queue check --replay 0000030005000000

Exit status: 0 when they agree, 1 when they do not or the output cannot be written, 2 for wrong usage and where no
namespace can be made, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    // The model is loaded by no other command.
    .action(async (options) => (await import('../queue/check.js')).checkQueues(options));
}

function replayOption(): Option {
  return new Option('--replay <hex>', 'the operations of a disagreement, instead of others by chance').argParser(
    (text) => {
      if (/^([0-9a-f]{2}){0,4096}$/i.test(text)) return Uint8Array.from(Buffer.from(text, 'hex'));
      throw new InvalidArgumentError('It must be bytes in hexadecimal digits, 4096 at most.');
    },
  );
}
