import { type Command, Option } from 'commander';
import type { Way } from '../bench/ways.js';
import { duration } from '../duration.js';

/** Adds `ancillary bench`, and the hidden command that its other processes run. */
export function addBenchCommand(program: Command): void {
  const bench = program
    .command('bench')
    .summary('measure ways between processes on this machine')
    .description('Measures on this machine what helps to choose between ways.')
    .helpCommand(false);
  bench
    .command('ipc')
    .summary('queues, Unix sockets and TCP beside each other and beside C')
    .description(
      'Measures System V queues, Unix datagrams, Unix streams and TCP over the loopback, beside the same in C.',
    )
    .addOption(new Option('--time <time>', 'about how long: 30s, 5m (default: 10s)').argParser(duration))
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
A message of 64 bytes and one of 8 KiB, sent and received within one process: what the calls cost. Then how soon another
process that waits has a message, from before it is sent: when one follows the other, and when the other process has
waited for 100 ms. No event tells of a queue: who waits asks again, less often the longer nothing comes, so that a queue
is late after a long wait, and a socket is not. In C msgrcv sleeps, and is woken.

All take turns, round by round; medians, and of the ratios those within a round. The library's rows are its own calls;
it has no TCP, so that row is node:net. Without a C compiler (cc) the column C is left out. Queues are private, and gone
at the end.

In JSON: node, kernel, arch, cores, rounds, withoutC (why); rows with measure (pass-64, pass-8192, wake-busy,
wake-idle), way (queue, dgram, stream, tcp), library and c (nanoseconds), ratio, problem.

Examples:
  ancillary bench ipc
  ancillary bench ipc --time 1m --json

Exit status: 0 when all was measured, 1 when something could not be, or the output not be written, 2 for wrong usage,
129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`,
    )
    .action(async (options) => (await import('../bench/ipc.js')).benchIpc(options));
  bench
    .command('wake-peer', { hidden: true })
    .argument('<way>')
    .argument('<place>')
    .argument('[queues...]')
    .action(async (way: Way, place: string, queues: string[]) =>
      (await import('../bench/wake.js')).runWakePeer(way, Number(place), queues.map(Number)),
    );
}
