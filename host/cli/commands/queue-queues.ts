import type { Command } from 'commander';
import { fileMode } from '../numbers.js';
import type { CreateOptions } from '../queue/create.js';
import { addKeyOptions, PLACE_HELP, type QueuePlace, STATUS, takeId } from '../queue/options.js';

const actions = () => import('../queue/commands.js');

type Options = QueuePlace & { json?: true };

/** Adds `ancillary queue ls`, `create`, `stat` and `rm`. */
export function addQueueCommands(queue: Command): void {
  queue
    .command('ls')
    .summary('list all queues')
    .description('Lists every queue of this IPC namespace, whoever may use it.')
    .option('--json', 'as one JSON array')
    .addHelpText(
      'after',
      `
Columns: id, key (0x00000000 of a private queue), permissions, owner, how many messages and bytes are in it, how many
bytes it takes, and the processes that sent and received last.

In JSON: id, key (an int, 0 of a private queue), uid, gid, cuid and cgid (who made it), mode, cbytes, qnum, qbytes,
lspid and lrpid (0: nobody, or of another pid namespace), stime, rtime (left out: never) and ctime. Before Linux 4.17
without qbytes.

Examples:
  ancillary queue ls
  ancillary queue ls --json

Exit status: 0 when they were listed, 1 when they cannot be, ${STATUS}`,
    )
    .action(async (options) => (await actions()).listAll(options));
  addKeyOptions(queue.command('create'))
    .summary('make a queue, and print its id')
    .description('Makes a queue, or finds the one that has the key, and prints its id.')
    .option('--mode <mode>', 'permissions in octal digits; default: 600', fileMode)
    .option('--exclusive', 'fail if there is such a queue')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
With neither --key nor --ftok the queue is private: others find it by its id alone. K is decimal or 0x and hexadecimal
digits. PATH:ID is what others give to ftok(3): a file that is there, and a number from 1 to 255 or one letter, which
stands for its code. A file that is written anew, as many editors do, has another key.

A queue outlives every process: \`ancillary queue rm\` removes it. One that was made and whose id could not be printed is
removed at once. A key is no proof of who made the queue: see cuid in \`ancillary queue stat\`.

In JSON: {"id":N,"key":N}, the key as an int, 0 of a private queue.

Examples:
  id=$(ancillary queue create)
  ancillary queue create --ftok /etc/hostname:1 --mode 660 --json
  ancillary queue create --key 0x4100abcd --exclusive

Exit status: 0 when there is such a queue, 1 when it cannot be made, ${STATUS}`,
    )
    .action(async (options: CreateOptions) => (await actions()).createQueue(options));
  addKeyOptions(queue.command('stat'))
    .argument('[id]')
    .summary('tell what the kernel says of a queue')
    .description('Tells what the kernel says of a queue, also to those who may not use it.')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `${PLACE_HELP}

Times are in UTC. In JSON: as \`ancillary queue ls\`.

Examples:
  ancillary queue stat 5
  ancillary queue stat --ftok /etc/hostname:1 --json

Exit status: 0 when it was told, 1 when there is no such queue, ${STATUS}`,
    )
    .action(async (id: string | undefined, options: Options, self: Command) => {
      const place = takeId(self, [id], options);
      return (await actions()).tellStatus(place.id, options);
    });
  addKeyOptions(queue.command('rm'))
    .argument('[id]')
    .summary('remove a queue')
    .description('Removes a queue with all that is in it: whoever waits on it gets EIDRM.')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `${PLACE_HELP}

In JSON: {"id":N,"removed":true}. Only the owner of a queue, who made it, and CAP_SYS_ADMIN may remove it.

Examples:
  ancillary queue rm 5
  ancillary queue rm --ftok /etc/hostname:1

Exit status: 0 when it was removed, 1 when it was not, ${STATUS}`,
    )
    .action(async (id: string | undefined, options: Options, self: Command) => {
      const place = takeId(self, [id], options);
      return (await actions()).removeQueue(place.id, options);
    });
}
