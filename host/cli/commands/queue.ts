import type { Command } from 'commander';
import { addQueueCheckCommand } from './queue-check.js';
import { addQueueMessageCommands } from './queue-message.js';
import { addQueueCommands } from './queue-queues.js';
import { addQueueShowCommand } from './queue-show.js';

/** Adds `ancillary queue` and what belongs to it; what they do is loaded when it is asked for. */
export function addQueueCommand(program: Command): void {
  const queue = program
    .command('queue')
    .summary('System V message queues: make, use, show')
    .description('System V message queues, by which programs meet that share a key and nothing else (sysvipc(7)).')
    .helpCommand(false);
  addQueueCommands(queue);
  addQueueMessageCommands(queue);
  addQueueShowCommand(queue);
  addQueueCheckCommand(queue);
}
