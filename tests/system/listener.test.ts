/** Listeners: whose socket file it is, and who it is that connects. */
import { closeSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { acceptPlain, isEnabled } from '../support/native.js';
import { asOrdinary, noSetpriv } from '../support/ordinary.js';
import { Running, run, script, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('listener');

t.test('a peer that sends before it is accepted is seen with its own credentials', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'), { credentials: true });
    const peer = new Running(
      script(`
        import { UnixStream } from 'ancillary';
        const stream = UnixStream.connectSync(${JSON.stringify(listener.path)});
        stream.sendSync('early');
        console.log('sent');
        await stream.receive();
      `),
    );
    await until('it has sent', () => peer.stdout.includes('sent'));
    const server = listener.acceptSync();
    const { data, credentials } = arrived(server.receiveSync());
    server.closeSync();
    listener.closeSync();
    assert.is(data.toString(), 'early');
    assert.equal(credentials, { pid: peer.pid, uid: process.getuid?.(), gid: process.getgid?.() });
    assert.is((await peer.ended).code, 0);
  }),
);

const SO_PASSCRED = 16;
for (const credentials of [true, false]) {
  t.test(`a connection asks for credentials from its first moment: ${credentials}`, () =>
    withTempDir((folder) => {
      const listener = UnixListener.listenSync(join(folder, 's'), { credentials });
      const client = UnixStream.connectSync(listener.path);
      const connection = acceptPlain(listener.fd);
      const asks = isEnabled(connection, SO_PASSCRED);
      closeSync(connection);
      client.closeSync();
      listener.closeSync();
      assert.is(asks, credentials);
    }),
  );
}

/** Runs a module with a folder of its own in `folder`; returns what it printed. */
async function printed(text: string, prefix: string[] = []): Promise<string> {
  return withTempDir(async (folder) => {
    const prelude = `
      import { chmodSync, existsSync, mkdirSync, readlinkSync } from 'node:fs';
      import { UnixListener, UnixStream } from 'ancillary';
      const folder = ${JSON.stringify(folder)};
    `;
    const { code, stdout, stderr } = await run([...prefix, ...script(prelude + text)]);
    assert.equal([code, stderr], [0, '']);
    return stdout.toString().trim();
  });
}

const ALTHOUGH = 'the socket is closed although its file cannot be removed';
if (noSetpriv) t.skip(ALTHOUGH, noSetpriv);
else {
  t.test(ALTHOUGH, async () => {
    const out = await printed(
      `
      const listener = UnixListener.listenSync(folder + '/s');
      const { fd, path } = listener;
      const target = readlinkSync('/proc/self/fd/' + fd);
      chmodSync(folder, 0o500);
      try { listener.closeSync(); } catch {}
      chmodSync(folder, 0o700);
      let now;
      try { now = readlinkSync('/proc/self/fd/' + fd); } catch {}
      console.log(existsSync(path), listener.closed, now === target);
      try { UnixStream.connectSync(path); } catch ({ code }) { console.log(code); }
      `,
      asOrdinary,
    );
    assert.is(out, 'true true false\nECONNREFUSED');
  });
}

t.test('a relative path means the same file when the working directory has changed', async () => {
  const out = await printed(`
    for (const name of ['/a', '/b']) mkdirSync(folder + name);
    process.chdir(folder + '/a');
    const first = UnixListener.listenSync('s');
    process.chdir(folder + '/b');
    const second = UnixListener.listenSync('s');
    await first.close();
    console.log(existsSync(folder + '/a/s'), existsSync(folder + '/b/s'));
    process.chdir('/');
    second.closeSync();
    console.log(existsSync(folder + '/b/s'));
  `);
  assert.is(out, 'false true\nfalse');
});

t.test('a listener whose file is gone closes without a word', () =>
  withTempDir((folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    unlinkSync(listener.path);
    listener.closeSync();
    assert.ok(listener.closed);
  }),
);

t.run();
