import type { Command } from 'commander';
import { INT_MAX } from '../../check/values.js';
import { wholeNumber } from '../numbers.js';
import { fail } from '../place.js';
import {
  addKeyOptions,
  addPrintOptions,
  addWaitOptions,
  PLACE_HELP,
  type QueuePlace,
  STATUS,
  sentType,
  takeId,
  wantedType,
} from '../queue/options.js';
import type { PrintOptions } from '../queue/print.js';
import type { ReceiveOptions } from '../queue/receive.js';
import type { SendOptions } from '../queue/send.js';

const actions = () => import('../queue/commands.js');

const PRINT_HELP = `
The data goes to standard output, byte for byte; at a terminal what would act on it is escaped.
In JSON: type (from 2^53 on 0x and hexadecimal digits), size, data (hexadecimal), text (if it is UTF-8)`;

/** Adds `ancillary queue send`, `recv` and `peek`. */
export function addQueueMessageCommands(queue: Command): void {
  addWaitOptions(addKeyOptions(queue.command('send')), 'room')
    .argument('[id]')
    .argument('[text]', '- or none: all of standard input')
    .summary('send a message')
    .description('Sends one message: TEXT, or byte for byte what comes from standard input.')
    .requiredOption('--type <n>', 'the type of the message, from 1 to 2^63 - 1', sentType)
    .option('--json', 'print one JSON object when it was sent')
    .addHelpText(
      'after',
      `${PLACE_HELP}

A message may be empty (''), and have kernel.msgmax bytes at most. Descriptors cannot travel in a queue: send the path
of a Unix socket, and pass them there. A signal while it waits ends the command, and nothing is sent.
In JSON: {"id":N,"type":N,"size":N}.

Examples:
  ancillary queue send 5 --type 1 'a message'
  ancillary queue send --ftok /etc/hostname:1 --type 7 - <picture.png
  date | ancillary queue send --key 0x4100abcd --type 2 --timeout 5000

Exit status: 0 when the kernel has taken it, 1 when it has not (no such queue, a full one), ${STATUS}`,
    )
    .action(async (id: string | undefined, text: string | undefined, options: SendOptions, self: Command) => {
      const place = takeId(self, [id, text], options);
      return (await actions()).sendMessage(place.id, place.rest[0] ?? '-', options);
    });
  const recv = addWaitOptions(addKeyOptions(queue.command('recv')), 'such a message')
    .argument('[id]')
    .summary('take a message')
    .description('Takes one message out of a queue and prints it.')
    .option(
      '--type <n>',
      '0, the default: the oldest; n: the oldest of that type; -n: the smallest up to n',
      wantedType,
    )
    .option('--except', 'the oldest of any other type than --type')
    .option('--max-data <n>', 'most bytes of the message; a longer one stays', wholeNumber(0, INT_MAX))
    .option('--no-error', 'cut a longer one to --max-data, and lose the rest');
  addPrintOptions(recv)
    .addHelpText(
      'after',
      `${PLACE_HELP}
${PRINT_HELP}.

Without --wait and --timeout there is an error when no such message is there. A signal while it waits ends the command,
and no message is taken; one that was taken is printed to its end, unless a second signal comes. What cannot be written
then is lost, and said to be: nothing puts a message back.

Examples:
  ancillary queue recv 5
  ancillary queue recv --ftok /etc/hostname:1 --type -9 --wait --json
  ancillary queue recv 5 --type 1 --except --timeout 5000 >message

Exit status: 0 when a message was printed, 1 when there is none, ${STATUS}`,
    )
    .action(async (id: string | undefined, options: ReceiveOptions, self: Command) => {
      const place = takeId(self, [id], options);
      const { type = 0n, except, error, maxData } = options;
      if (except && type <= 0n) fail(self, '--except needs a --type above 0: all but that one');
      if (!error && maxData === undefined) fail(self, '--no-error cuts to --max-data: say how many bytes that are');
      return (await actions()).receiveMessage(place.id, options);
    });
  const peek = addKeyOptions(queue.command('peek'))
    .argument('[id]')
    .argument('[n]', 'its place, 0 for the oldest; default: 0')
    .summary('print a message, and leave it')
    .description('Prints a copy of a message, which stays in the queue (MSG_COPY).');
  addPrintOptions(peek)
    .addHelpText(
      'after',
      `${PLACE_HELP}
${PRINT_HELP}; and index.

Nothing of the queue changes. A kernel that was built without CONFIG_CHECKPOINT_RESTORE cannot do it.

Examples:
  ancillary queue peek 5
  ancillary queue peek 5 2 --hex
  ancillary queue peek --ftok /etc/hostname:1 0 --json

Exit status: 0 when it was printed, 1 when there is none, ${STATUS}`,
    )
    .action(
      async (id: string | undefined, n: string | undefined, options: QueuePlace & PrintOptions, self: Command) => {
        const place = takeId(self, [id, n], options);
        return (await actions()).peekMessage(place.id, indexOf(self, place.rest[0] ?? '0'), options);
      },
    );
}

function indexOf(self: Command, text: string): number {
  if (/^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= INT_MAX) return Number(text);
  return fail(self, `N must be a whole number, 0 for the oldest message, not '${text}'`);
}
