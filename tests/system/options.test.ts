/** Options that cannot be meant are refused before anything is done. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { type MessageTrace, UnixListener, UnixStream, type WaitOptions } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { growSendBuffer } from '../support/native.js';
import { sleep } from '../support/process.js';
import { fill, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { variants } from '../support/variants.js';

const t = suite('options');

/** What no wait may begin with, though what it waits for is there. */
const refused: [string, WaitOptions, string][] = [
  ['a timeout that is NaN', { timeout: Number.NaN }, 'ERR_INVALID_ARGUMENT'],
  ['a timeout below 0', { timeout: -1 }, 'ERR_INVALID_ARGUMENT'],
  ['a timeout that is text', { timeout: '5' as never }, 'ERR_INVALID_ARGUMENT'],
  ['a signal that has aborted', { signal: AbortSignal.abort() }, 'ABORT_ERR'],
];

for (const [what, options, code] of refused) {
  t.test(`${what}: ${code} from every wait, and nothing is done`, () =>
    withTempDir((folder) =>
      withPair(async (a, b) => {
        const listener = UnixListener.listenSync(join(folder, 's'));
        const waiting = UnixStream.connectSync(listener.path);
        a.sendSync('x');
        for (const [name, wait] of Object.entries({
          receive: () => b.receive(options),
          forEachMessage: () => b.forEachMessage(() => {}, options),
          send: () => a.send('y', options),
          accept: () => listener.accept(options),
          connect: () => UnixStream.connect(listener.path, options),
        })) {
          const error = await wait().then(
            () => undefined,
            (error) => error,
          );
          assert.is(error?.code, code, name);
        }
        assert.is(arrived(b.receiveSync()).data.toString(), 'x');
        listener.acceptSync().closeSync();
        assert.is((await thrownBy(() => listener.acceptSync())).code, 'EAGAIN');
        waiting.closeSync();
        listener.closeSync();
      }),
    ),
  );
}

/** Each wait, ended by what it waits for. */
const waits: Record<string, (options: WaitOptions, folder: string) => Promise<void>> = {
  receive: (options) =>
    withPair(async (a, b) => {
      const receive = b.receive(options);
      await sleep(30);
      a.sendSync('x');
      assert.is(arrived(await receive).data.toString(), 'x');
    }),
  send: (options) =>
    withPair(async (a, b) => {
      const filled = fill(a);
      const send = a.send('x', options);
      await sleep(30);
      for (let left = filled; left > 0; ) left -= arrived(await b.receive()).data.length;
      assert.is(await send, 1);
    }),
  accept: async (options, folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    const accept = listener.accept(options);
    await sleep(30);
    const client = UnixStream.connectSync(listener.path);
    for (const each of [client, await accept, listener]) each.closeSync();
  },
  connect: async (options, folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'), { backlog: 0 });
    const first = UnixStream.connectSync(listener.path);
    const second = UnixStream.connect(listener.path, options);
    await sleep(30);
    for (const each of [await listener.accept(), await second, await listener.accept(), first]) each.closeSync();
    listener.closeSync();
  },
};

for (const timeout of [Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 40]) {
  for (const [name, wait] of Object.entries(waits)) {
    t.test(`a timeout of ${timeout}, more than a timer can count, does not end a ${name} early`, () =>
      withTempDir((folder) => wait({ timeout }, folder)),
    );
  }
}

for (const v of variants) {
  t.test(`${v.name}: a receive takes 65536 bytes at once when nothing else is said`, () =>
    withPair(async (a, b) => {
      for (const options of [undefined, {}, { maxFds: 1 }, { maxData: undefined }]) {
        let left = a.sendSync(Buffer.alloc(100_000));
        assert.ok(left > 65536);
        const { data } = arrived(await v.receive(b, options));
        assert.is(data.length, 65536);
        for (left -= data.length; left > 0; ) left -= arrived(b.receiveSync()).data.length;
      }
    }),
  );

  t.test(`${v.name}: a receive takes 262144 bytes at most, whatever maxData says`, () =>
    withPair(async (a, b) => {
      growSendBuffer(a.fd, 1 << 20);
      const filled = fill(a);
      const { data } = arrived(await v.receive(b, { maxData: 1 << 20 }));
      assert.is(data.length, Math.min(filled, 262144));
    }),
  );

  for (const [call, refused] of [
    ['receive', (_, b) => v.receive(b, Object.assign([], { maxData: 5, maxFds: 1 }))],
    ['send', (a) => v.send(a, 'x', Object.assign([], { fds: [0] }))],
  ] as [string, (a: UnixStream, b: UnixStream) => unknown][]) {
    t.test(`${v.name}: a list with the names of options is no options of a ${call}`, () =>
      withPair(async (a, b) => {
        a.sendSync('there is something');
        const { code, message } = await thrownBy(() => refused(a, b));
        assert.is(code, 'ERR_INVALID_ARGUMENT');
        assert.match(message, /must be an object/);
      }),
    );
  }

  t.test(`${v.name}: for a name that is like none there is no guess, but all that there are`, () =>
    withPair(async (_, b) => {
      for (const name of ['zzzzzzzzz', 'q', 'encoding']) {
        const { message } = await thrownBy(() => v.receive(b, { [name]: 1 }));
        assert.match(message, /; there are maxData, maxFds/);
        assert.not.match(message, /did you mean/);
      }
    }),
  );

  for (const credentials of [{}, { pid: 1, uid: 'abc', gid: 1 }, { uid: 'abc' }, null, 1, 'me'] as never[]) {
    t.test(`${v.name}: credentials of ${JSON.stringify(credentials)} are refused`, () =>
      withPair(async (a) => {
        const { code, message } = await thrownBy(() => v.send(a, 'x', { credentials }));
        assert.is(code, 'ERR_INVALID_ARGUMENT', message);
        assert.match(message, /credentials/);
      }),
    );
  }

  t.test(`${v.name}: credentials that are false are none`, () =>
    withPair(async (a) => {
      const sent: number[] = [];
      const onSent = (trace: unknown) => sent.push((trace as MessageTrace).control.length);
      subscribe('ancillary:sendmsg', onSent);
      try {
        await v.send(a, 'x', { credentials: false as never });
        await v.send(a, 'x', { credentials: undefined as never });
      } finally {
        unsubscribe('ancillary:sendmsg', onSent);
      }
      assert.equal(sent, [0, 0]);
    }),
  );

  for (const [name, fds] of [
    ['a set', new Set([0])],
    ['a number', 0],
    ['a list with null', [null]],
    ['a list with undefined', [0, undefined]],
    ['a list with text', ['0']],
    ['an object', { fd: 0 }],
  ] as [string, never][]) {
    t.test(`${v.name}: fds as ${name} are refused`, () =>
      withPair(async (a, b) => {
        const { code, message } = await thrownBy(() => v.send(a, 'x', { fds }));
        assert.is(code, 'ERR_INVALID_ARGUMENT', message);
        assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN', 'nothing was sent');
      }),
    );
  }
}

t.run();
