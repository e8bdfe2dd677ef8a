// queue-wake-ancillary.mjs [MS]: 64 bytes through a System V queue to another process that awaits them, and back; with
// MS, after the other has waited for so many milliseconds, and what is told is the way there and back alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { MessageQueue } from 'ancillary/sysv';
import { serve } from './serve.mjs';

const THERE = 1;
const BACK = 2;
const data = new Uint8Array(64);
const [, file = '', rest = '0', id] = process.argv;

if (id === undefined) {
  const queue = MessageQueue.private({ removeOnDispose: true });
  const peer = spawn(process.execPath, [file, rest, String(queue.id)], { stdio: ['pipe', 'pipe', 'inherit'] });
  process.on('exit', () => queue[Symbol.dispose]());
  peer.on('exit', () => process.exit(1));
  await once(peer.stdout, 'data');
  let slept = 0n;
  await serve(
    async (n) => {
      for (let i = 0; i < n; i++) {
        if (Number(rest) > 0) {
          const start = process.hrtime.bigint();
          await setTimeout(Number(rest));
          slept += process.hrtime.bigint() - start;
        }
        await queue.send(THERE, data);
        await queue.receive({ type: BACK });
      }
    },
    () => process.hrtime.bigint() - slept,
  );
} else {
  const queue = MessageQueue.ofId(Number(id));
  process.stdin.on('end', () => process.exit()).resume();
  console.log('ready');
  for (;;) {
    const { data } = await queue.receive({ type: THERE });
    await queue.send(BACK, data);
  }
}
