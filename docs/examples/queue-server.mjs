// queue-server.mjs: descriptors cannot travel in a System V queue, so the queue tells where a Unix socket is.
import { openSync, writeFileSync } from 'node:fs';
import { UnixListener } from 'ancillary';
import { ftok, MessageQueue } from 'ancillary/sysv';

const path = '/tmp/queue-example.socket';
writeFileSync('/tmp/queue-example.key', ''); // both programs know this path, and the number 1
const queue = MessageQueue.create(ftok('/tmp/queue-example.key', 1), { mode: 0o600, removeOnDispose: true });
const listener = await UnixListener.listen(path);
const end = new AbortController();
process.on('SIGTERM', () => end.abort());

try {
  for (;;) {
    // A client asks with type 1, and says which type the answer has.
    const { data } = await queue.receive({ type: 1, signal: end.signal });
    await queue.send(Number(data.toString()), JSON.stringify({ path, pid: process.pid }), { signal: end.signal });
    const client = await listener.accept({ signal: end.signal });
    await client.send('a file', { fds: [openSync('/etc/hostname')], transfer: true });
    client.closeSync();
  }
} catch (error) {
  if (error.code !== 'ABORT_ERR') throw error;
} finally {
  queue[Symbol.dispose]();
  listener.closeSync();
}
