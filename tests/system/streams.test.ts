/** The library on real sockets: one suite for the asynchronous calls and for their Sync twins. */
import { closeSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds } from '../support/descriptors.js';
import { isCloseOnExec, targetOf, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { variants } from '../support/variants.js';

const me = () => ({ pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });

for (const v of variants) {
  const t = suite(`streams ${v.name}`);

  t.test('data arrives as it was sent, with nothing beside it', () =>
    withPair(async (a, b) => {
      assert.is(await v.send(a, 'grüße'), 7);
      const message = arrived(await v.receive(b));
      assert.is(message.data.toString(), 'grüße');
      assert.equal([message.fds, message.credentials], [[], undefined]);
      await v.send(b, Uint8Array.of(0, 255));
      assert.equal([...arrived(await v.receive(a)).data], [0, 255]);
    }),
  );

  for (const count of [1, 2, 253]) {
    t.test(`${count} descriptors arrive, close-on-exec, in order and for the same files`, () =>
      withFds(count, (fds) =>
        withPair(async (a, b) => {
          const special = openSync('/proc/self/stat', 'r');
          try {
            await v.send(a, 'x', { fds: [...fds.slice(1), special] });
          } finally {
            closeSync(special);
          }
          const { data, fds: received } = arrived(await v.receive(b, { maxFds: count }));
          assert.is(data.toString(), 'x');
          assert.equal(
            received.map(({ fd }) => targetOf(fd)),
            [...fds.slice(1).map(() => '/dev/null'), `/proc/${process.pid}/stat`],
          );
          assert.ok(received.every(({ fd }) => isCloseOnExec(fd)));
          closeAll(received);
        }),
      ),
    );
  }

  t.test('descriptors are sent from numbers, OwnedFds and FileHandles alike', () =>
    withFds(1, ([fd = -1]) =>
      withPair(async (a, b) => {
        await v.send(a, 'x', { fds: [fd] });
        const [owned] = arrived(await v.receive(b, { maxFds: 1 })).fds;
        await v.send(a, 'y', { fds: [fd, owned as NonNullable<typeof owned>, { fd }] });
        const { fds } = arrived(await v.receive(b, { maxFds: 3 }));
        assert.equal(
          fds.map(({ fd }) => targetOf(fd)),
          ['/dev/null', '/dev/null', '/dev/null'],
        );
        closeAll([...fds, owned as NonNullable<typeof owned>]);
      }),
    ),
  );

  t.test('credentials: the kernel states the sender, with descriptors and without', () =>
    withFds(2, (fds) =>
      withPair(
        async (a, b) => {
          await v.send(a, 'x');
          assert.equal(arrived(await v.receive(b)).credentials, me());
          await v.send(a, 'y', { credentials: true, fds });
          const message = arrived(await v.receive(b, { maxFds: 2 }));
          assert.equal(message.credentials, me());
          assert.is(message.fds.length, 2);
          closeAll(message.fds);
          await v.close(a);
          assert.is(await v.receive(b), null);
        },
        { credentials: true },
      ),
    ),
  );

  t.test('data is glued up to a message with descriptors, never past it', () =>
    withFds(1, (fds) =>
      withPair(async (a, b) => {
        for (const [data, options] of [['1'], ['2'], ['3', { fds }], ['4'], ['5', { fds }]] as const) {
          await v.send(a, data, options);
        }
        const got: [string, number][] = [];
        while (got.map(([data]) => data).join('').length < 5) {
          const { data, fds: received } = arrived(await v.receive(b, { maxFds: 1 }));
          got.push([data.toString(), received.length]);
          closeAll(received);
        }
        assert.equal(got, [
          ['123', 1],
          ['45', 1],
        ]);
      }),
    ),
  );

  t.test('maxData leaves the rest for the next receive; the descriptors come with the first part', () =>
    withFds(1, (fds) =>
      withPair(async (a, b) => {
        await v.send(a, 'abcde', { fds });
        const first = arrived(await v.receive(b, { maxData: 2, maxFds: 1 }));
        const rest = arrived(await v.receive(b, { maxFds: 1 }));
        assert.equal([first.data.toString(), rest.data.toString()], ['ab', 'cde']);
        assert.equal([first.fds.length, rest.fds.length], [1, 0]);
        closeAll(first.fds);
      }),
    ),
  );

  t.test('connect and accept; own sockets are close-on-exec; closing removes the socket file', () =>
    withTempDir(async (folder) => {
      const before = openFds();
      const path = join(folder, 's');
      const listener = await v.listen(path, { credentials: true });
      const client = await v.connect(path);
      const server = await v.accept(listener);
      assert.ok([listener, client, server].every(({ fd }) => isCloseOnExec(fd)));
      await v.send(client, 'hello');
      const { data, credentials } = arrived(await v.receive(server));
      assert.equal([data.toString(), credentials], ['hello', me()]);
      for (const each of [client, server, listener]) await v.close(each);
      assert.equal(
        before.filter((fd) => !openFds().includes(fd)),
        [],
      );
      assert.match(await thrownBy(() => v.connect(path)).then(({ code }) => code ?? ''), 'ENOENT');
    }),
  );

  t.test('closing a listener leaves a file that another has put there', () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      const first = await v.listen(path);
      unlinkSync(path);
      const second = await v.listen(path);
      await v.close(first);
      const client = await v.connect(path);
      for (const each of [client, second]) await v.close(each);
      writeFileSync(path, 'file');
      assert.is((await thrownBy(() => v.listen(path))).code, 'EADDRINUSE');
      assert.is(readFileSync(path, 'utf8'), 'file');
    }),
  );

  t.test('after the peer has closed: what it sent, then the end, again and again', () =>
    withPair(async (a, b) => {
      await v.send(a, 'last');
      await v.close(a);
      assert.is(arrived(await v.receive(b)).data.toString(), 'last');
      for (let i = 0; i < 2; i++) assert.is(await v.receive(b), null);
      assert.is((await thrownBy(() => v.send(b, 'x'))).code, 'EPIPE');
    }),
  );

  t.test('using a closed stream throws ERR_CLOSED', () =>
    withPair(async (a) => {
      await v.close(a);
      assert.ok(a.closed);
      for (const use of [() => v.send(a, 'x'), () => v.receive(a), () => a.fd]) {
        assert.is((await thrownBy(use)).code, 'ERR_CLOSED');
      }
    }),
  );

  t.test('send refuses what Linux would lose or could not know, and sends nothing', () =>
    withFds(254, (fds) =>
      withPair(async (a, b) => {
        const closed = openSync('/dev/null', 'r');
        closeSync(closed);
        await v.send(a, 'x', { fds: fds.slice(0, 1) });
        const [owned] = arrived(await v.receive(b, { maxFds: 1 })).fds;
        owned?.close();
        for (const [data, options, code, message] of [
          ['', { fds: [fds[0] as number] }, 'ERR_INVALID_ARGUMENT', /at least one byte/],
          ['', {}, 'ERR_INVALID_ARGUMENT', /at least one byte/],
          ['x', { fds }, 'ERR_INVALID_ARGUMENT', /254 descriptors.*253/],
          ['x', { fds: [owned as NonNullable<typeof owned>] }, 'ERR_CLOSED', /closed/],
          ['x', { fds: [fds[0] as number, closed] }, 'EBADF', new RegExp(`descriptor ${closed} is not open`)],
          ['x', { fds: [-1] }, 'ERR_INVALID_ARGUMENT', /descriptor/],
          ['x', { fds: [1.5] }, 'ERR_INVALID_ARGUMENT', /descriptor/],
          [5 as unknown as string, {}, 'ERR_INVALID_ARGUMENT', /string or a Uint8Array/],
        ] as const) {
          const error = await thrownBy(() => v.send(a, data, options));
          assert.is(error.code, code, error.message);
          assert.match(error.message, message);
        }
        assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
      }),
    ),
  );

  t.run();
}
