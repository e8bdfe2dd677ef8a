// echo-ancillary.mjs events | promises: 64 bytes to another process and back.
import { UnixListener, UnixStream } from 'ancillary';
import { serverPath, serverReady, startServer } from './echo-peer.mjs';
import { serve } from './serve.mjs';

const data = Buffer.alloc(64);
const room = { maxData: data.length };

const styles = {
  events: {
    /** @param {UnixStream} stream */
    answer: (stream) => stream.forEachMessage((message) => void stream.sendSync(message.data), room),
    /** @param {UnixStream} stream */
    ask(stream) {
      let left = 0;
      let done = () => {};
      stream.forEachMessage((message) => {
        if (message.data.length !== data.length) throw new Error('a message came in pieces');
        if (--left > 0) stream.sendSync(data);
        else done();
      }, room);
      return (/** @type {number} */ n) =>
        /** @type {Promise<void>} */ (
          new Promise((resolve) => {
            left = n;
            done = resolve;
            stream.sendSync(data);
          })
        );
    },
  },
  promises: {
    /** @param {UnixStream} stream */
    async answer(stream) {
      for (;;) {
        const message = await stream.receive(room);
        if (message === null) return;
        await stream.send(message.data);
      }
    },
    /** @param {UnixStream} stream */
    ask(stream) {
      return async (/** @type {number} */ n) => {
        for (let i = 0; i < n; i++) {
          await stream.send(data);
          const message = await stream.receive(room);
          if (message?.size !== data.length) throw new Error('a message came in pieces');
        }
      };
    },
  },
};

const style = process.argv[2] === 'promises' ? styles.promises : styles.events;
const path = serverPath();
if (path === undefined) {
  await serve(style.ask(await UnixStream.connect(await startServer())));
} else {
  const listener = await UnixListener.listen(path);
  serverReady();
  await style.answer(await listener.accept());
  process.exit();
}
