// queue-client.mjs: asks the queue where the socket is, and takes the file there.
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { UnixStream } from 'ancillary';
import { ftok, MessageQueue } from 'ancillary/sysv';

const queue = await findQueue();
// A type that no other client has, and no question: type 1 is that.
const type = process.pid + 1;
await queue.send(1, String(type));
const { data } = await queue.receive({ type, timeout: 60_000 });
const { path, pid } = JSON.parse(data.toString());

// Anybody may have written into the queue that may: who listens there shows on the socket.
const socket = await UnixStream.connect(path);
if (socket.peerCredentials.pid !== pid) throw new Error('another process listens there');
const message = await socket.receive({ maxFds: 1 });
console.log(`got: ${readFileSync(message.fds[0].fd, 'utf8')}`);
message.fds[0].close();
socket.closeSync();

/** The queue, when the server has made it. */
async function findQueue() {
  for (;;) {
    try {
      return MessageQueue.open(ftok('/tmp/queue-example.key', 1));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      await setTimeout(20);
    }
  }
}
