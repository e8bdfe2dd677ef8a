/** What comes beside the data: every control message reaches the caller, whoever asked the kernel for it. */
import { type AncillaryError, closeAll } from 'ancillary';
import * as assert from 'uvu/assert';
import { CONTROL_ROOM, CONTROLLEN, LAST } from '../../host/socket/frame/frame.js';
import { IncomingFrame } from '../../host/socket/frame/incoming-frame.js';
import { isNobody } from '../../host/socket/frame/nobody.js';
import { arrived } from '../support/arrived.js';
import { openFds, untilOpen } from '../support/descriptors.js';
import { enable, sendFlagged } from '../support/native.js';
import { run, script } from '../support/process.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const SO_PASSPIDFD = 76;
const SO_INQ = 84;
const SO_PASSCRED = 16;

const t = suite('received-messages');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

/** The options that this kernel has. */
const options = { SO_PASSPIDFD, SO_INQ, SO_PASSCRED };
for (const [name, option] of Object.entries(options)) {
  const title = `with ${name} set elsewhere, data and descriptors come as ever`;
  let missing = 0;
  await withPair((_, b) => {
    missing = enable(b.fd, option);
  });
  if (missing < 0) {
    t.skip(title, `this kernel has no ${name}`);
    continue;
  }
  t.test(title, () =>
    withFds(2, (fds) =>
      withPair(async (a, b) => {
        enable(b.fd, option);
        const before = openFds();
        for (const maxFds of [0, 2, 253]) {
          a.sendSync('x', { fds: maxFds === 0 ? [] : fds });
          const message = arrived(await b.receive({ maxFds }));
          assert.equal([message.data.toString(), message.fds.length], ['x', maxFds === 0 ? 0 : 2]);
          closeAll(message.fds);
          await untilOpen(before);
        }
      }),
    ),
  );
}

await withPair((a, b) => {
  const title = 'a message that the library does not know is handed on by level, type, bytes and value';
  if (enable(b.fd, SO_INQ) < 0) return t.skip(title, 'this kernel has no SO_INQ');
  t.test(title, () =>
    withFds(1, (fds) =>
      withPair(async (a, b) => {
        enable(b.fd, SO_INQ);
        a.sendSync('abcde', { fds });
        const inq = (value: number) => [
          { level: 1, type: SO_INQ, data: new Uint8Array(Int32Array.of(value).buffer), inq: value },
        ];
        const first = arrived(await b.receive({ maxData: 2, maxFds: 1 }));
        assert.equal([first.data.toString(), first.fds.length, first.messages], ['ab', 1, inq(3)]);
        closeAll(first.fds);
        assert.equal(arrived(b.receiveSync()).messages, inq(0));
        a.sendSync('x', { fds });
        const error = (await thrownBy(() => b.receive())) as AncillaryError;
        assert.equal([error.code, error.messages], ['ERR_TRUNCATED', inq(0)]);
      }),
    ),
  );
  a.closeSync();
});

t.test('a message without further ones has an empty list of them', () =>
  withPair(async (a, b) => {
    a.sendSync('x');
    assert.equal(arrived(b.receiveSync()).messages, []);
  }),
);

/** An incoming frame that says how long the control data was that came. */
class FilledFrame extends IncomingFrame {
  cutAfter(controllen: number) {
    this.ints[this.words + CONTROLLEN] = controllen;
    this.ints[this.words + LAST] = -1;
    return this.cut;
  }
}

// A header and a number are 20 bytes of the room; what is left of it is a multiple of 8.
for (const [left, expected] of [
  [8, 'next'],
  [16, 'next'],
  [24, undefined],
] as const) {
  t.test(`with ${left} bytes left there was ${expected ? 'no ' : ''}room for a further message`, () =>
    assert.is(new FilledFrame().cutAfter(CONTROL_ROOM - left), expected),
  );
}

t.test('the end of a stream, where the kernel states pid 0, is no message', () =>
  withPair(
    async (a, b) => {
      a.closeSync();
      assert.is(await b.receive(), null);
    },
    { credentials: true },
  ),
);

const OVERFLOW = 65534;
t.table(
  [
    { name: 'pid 0 with both overflow ids is nobody', in: [0, OVERFLOW, OVERFLOW], out: true },
    { name: 'pid 0 with true ids is somebody', in: [0, 1000, 1000], out: false },
    { name: 'pid 0 of root is somebody', in: [0, 0, 0], out: false },
    { name: 'pid 0 with one overflow id is somebody', in: [0, OVERFLOW, 5], out: false },
    { name: 'pid 0 with the other overflow id is somebody', in: [0, 5, OVERFLOW], out: false },
    { name: 'a process of an unmapped user is somebody', in: [9, OVERFLOW, OVERFLOW], out: false },
  ],
  ([pid = 0, uid = 0, gid = 0]: number[]) => isNobody({ pid, uid, gid }),
);

const noNamespace = lacks('unshare', '--pid', '--fork', 'true');
const title = 'a sender of another pid namespace is stated with pid 0 and its true user and group';
if (noNamespace) t.skip(title, noNamespace);
else {
  t.test(title, async () => {
    // The receiver is the one in a namespace of its own: it cannot see who made the pair before.
    const { stdout, stderr } = await run(
      script(`
        import { spawn } from 'node:child_process';
        import { mkdtempSync, rmSync } from 'node:fs';
        import { tmpdir } from 'node:os';
        import { UnixStream } from 'ancillary';
        const folder = mkdtempSync(tmpdir() + '/ancillary-test-');
        const path = folder + '/s';
        const receiver = spawn('unshare', ['--pid', '--fork', process.execPath, '--input-type=module', '-e', \`
          import { UnixListener } from 'ancillary';
          const listener = await UnixListener.listen(\${JSON.stringify(path)}, { credentials: true });
          console.log('ready');
          const stream = await listener.accept();
          console.log(JSON.stringify((await stream.receive()).credentials));
          listener.closeSync(); stream.closeSync();
        \`], { stdio: ['ignore', 'pipe', 'inherit'] });
        let out = '';
        receiver.stdout.setEncoding('utf8');
        for await (const chunk of receiver.stdout) {
          if (out === '') {
            const stream = await UnixStream.connect(path);
            await stream.send('x');
            stream.closeSync();
          }
          out += chunk;
        }
        rmSync(folder, { recursive: true });
        console.log(out.split('\\n')[1]);
      `),
    );
    assert.is(stderr, '');
    assert.equal(JSON.parse(stdout.toString()), { pid: 0, uid: process.getuid?.(), gid: process.getgid?.() });
  });
}

t.test(
  'of a message that is refused only credentials that somebody stated are told, and only where they were asked for',
  () =>
    withFds(1, (fds) =>
      withPair(async (a, b) => {
        // Sent before the kernel was asked to state the sender.
        a.sendSync('x', { fds });
        enable(b.fd, SO_PASSCRED);
        assert.is(((await thrownBy(() => b.receive())) as AncillaryError).credentials, undefined);
        a.sendSync('x', { fds });
        assert.is(((await thrownBy(() => b.receive())) as AncillaryError).credentials, undefined);
      }),
    ),
);

t.test('an out-of-band byte stands in line, with what came with it', () =>
  withPair(async (a, b) => {
    const MSG_OOB = 1;
    a.sendSync('1');
    if (sendFlagged(a.fd, 'x', MSG_OOB) < 0) return console.log('before Linux 5.15 there are none');
    a.sendSync('2');
    let text = '';
    while (text.length < 3) text += arrived(await b.receive()).data;
    assert.is(text, '1x2');
  }),
);

t.run();
