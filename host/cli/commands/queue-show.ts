import { type Command, InvalidArgumentError, Option } from 'commander';
import { INT_MAX } from '../../check/values.js';
import { wholeNumber } from '../numbers.js';
import { addKeyOptions, PLACE_HELP, STATUS, takeId } from '../queue/options.js';
import type { ShowOptions } from '../queue/show.js';

/** Adds `ancillary queue show`. */
export function addQueueShowCommand(queue: Command): void {
  addKeyOptions(queue.command('show'))
    .argument('[id]')
    .summary('draw what the kernel holds of a queue')
    .description('Draws a queue as the kernel has it, the chain of its messages with every byte, and takes nothing.')
    .option('--most <n>', 'draw so many messages, the oldest; default: 10', wholeNumber(0, INT_MAX))
    .addOption(new Option('--all', 'draw all messages, and all of their bytes').conflicts('most'))
    .addOption(new Option('--svg [file]', 'as a picture, into a file or to standard output').argParser(fileName))
    .addOption(new Option('--json', 'as one JSON object').conflicts('svg'))
    .addHelpText(
      'after',
      `${PLACE_HELP}

Each struct of the kernel has a block: msg_queue, a msg_msg for each message, a msg_msgseg for each part of a long one.
Lines have offset, bytes, and what they say. The sizes are those of the running kernel, where it tells them (BTF). Below
the name of a struct stands the slab that it takes: its own bytes and those of the message, out of how many. Of a part
64 bytes are drawn, unless with --all. Messages are copied (MSG_COPY): nothing of the queue changes. Who may not read
it, or has a kernel without that, sees what the kernel says of the queue, and an error. A message that is longer than
kernel.msgmax, which was lowered then, cannot be copied: the others are drawn, and there is an error.

Messages are looked at one after the other. When something came or went meanwhile, all is looked at again; if that goes
on, the drawing says so.

In JSON: as \`ancillary queue stat\`, and limits (msgmax, msgmnb, msgmni), size and slabName of the msg_queue, messages
with index, type, size, data (hexadecimal), text and parts (struct, offset, size, allocated, slab, slabName), left (how
many messages are not shown), changed, problem. Colours are used at a terminal, unless NO_COLOR is set; FORCE_COLOR asks
for them elsewhere.

Examples:
  ancillary queue show 5
  ancillary queue show 5 --all
  ancillary queue show --ftok /etc/hostname:1 --svg queue.svg

Exit status: 0 when it was drawn, 1 when there is no such queue, or its messages cannot be seen, ${STATUS}`,
    )
    .action(async (id: string | undefined, options: ShowOptions, self: Command) => {
      const { svg } = options;
      // An id behind --svg was hardly meant as a file.
      const word = id === undefined && typeof svg === 'string' && /^\d+$/.test(svg) ? svg : undefined;
      if (word !== undefined && options.key === undefined && options.ftok === undefined) {
        return self.error(`error: '${word}' is taken for the file of --svg: put ID first`, { exitCode: 2 });
      }
      const place = takeId(self, [id], options);
      return (await import('../queue/commands.js')).showQueue(place.id, options);
    });
}

function fileName(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}
