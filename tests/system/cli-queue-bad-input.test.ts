/** What `ancillary queue` cannot do: one clear line, the right exit code, no queue left and none changed. */
import { MessageQueue } from 'ancillary/sysv';
import * as assert from 'uvu/assert';
import { assertFails } from '../support/bad-input.js';
import { queue } from '../support/cli-queues.js';
import { noOtherUser } from '../support/ordinary.js';
import { cli, Running, run } from '../support/process.js';
import { checkQueues, freeKey, noQueues, queueIds, withKey, withQueue } from '../support/queues.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

interface Row {
  /** `ID` stands for a queue of uid 0 with one message of type 1, `GONE` for one that was removed, `@` for a folder. */
  argv: string;
  code?: number;
  err: RegExp;
  input?: string | Buffer;
}

const GONE = 2 ** 31 - 1;
const free = () => `0x${freeKey().toString(16)}`;
const PLACES = ['stat', 'rm', 'recv', 'peek', 'show', 'send --type 1'];
const isWrong = (argv: string, err: RegExp): Row => ({ argv, code: 2, err });

const bad: Row[] = [
  ...PLACES.flatMap((command): Row[] => [
    { argv: `${command} GONE`, err: /queue \d+: EINVAL.*no queue of this IPC namespace has that id/ },
    { argv: `${command} --key FREE`, err: /msgget for key 0x5a[0-9a-f]{6}: ENOENT.*no such queue: create it first/ },
    { argv: `${command} --ftok @/none:1`, err: /ftok '.*\/none': ENOENT.*both programs need a file/ },
    isWrong(`${command}`, /nothing says which queue: give ID, --key or --ftok/),
    isWrong(`${command} 1x`, /ID must be a whole number.*not '1x'/),
    isWrong(`${command} 2147483648`, /ID must be a whole number/),
    isWrong(`${command} --key 1 --ftok /:1`, /--key.*cannot be used with.*--ftok|--ftok.*cannot be used with.*--key/),
    isWrong(`${command} ID extra1 extra2`, /too many arguments|N must be/),
  ]),
  ...['stat', 'rm', 'recv', 'show'].map((command) => isWrong(`${command} ID --key 1`, /ID and --key are too much/)),
  isWrong('send ID text --type 1 --ftok @:1', /ID and --ftok are too much/),
  isWrong('peek ID x', /N must be a whole number.*not 'x'/),
  isWrong('peek ID -- -1', /N must be a whole number.*not '-1'/),
  { argv: 'peek ID 1', err: /queue \d+ holds no message at 1: it has 1/ },
  ...['stat'].flatMap((command) => [
    ...['0', '0x0', '-0', '00000000', 'IPC_PRIVATE', 'ipc_private'].map((key) =>
      isWrong(`${command} --key ${key}`, /--key.* 0 is IPC_PRIVATE, by which no queue is found/),
    ),
    ...['', 'abc', '0x', '0xg', '0x123456789', '4294967296', '-2147483649', '017', '1e3', '1.5', ' 1'].map((key) => ({
      ...isWrong(`${command} --key|${key}`, /--key.*must be a key of 32 bits, decimal or in hexadecimal digits/),
    })),
    ...['@', ':1', '@:', '@:ab', '@:-1', '@:1.5', '@:é'].map((name) =>
      isWrong(`${command} --ftok ${name}`, /--ftok.*(PATH:ID, such as|must be a number from 1 to 255 or one letter)/),
    ),
    isWrong(`${command} --ftok @:0`, /from 1 to 255: of 0 POSIX says nothing; if it is meant, give the --key/),
    isWrong(`${command} --ftok @:256`, /C takes the lower 8 bits of 256 alone, 0\./),
    isWrong(`${command} --ftok @:300`, /C takes the lower 8 bits of 300 alone, 44\./),
  ]),
  isWrong('create --key 0', /0 is IPC_PRIVATE/),
  isWrong('create --ftok @:0', /of 0 POSIX says nothing/),
  isWrong('create --mode 9', /permissions in octal digits/),
  isWrong('create --mode 1777', /permissions in octal digits/),
  isWrong('create 5', /too many arguments/),
  isWrong('send ID x', /required option '--type <n>' not specified/),
  ...['0', '-1', '9223372036854775808', '0x8000000000000000', 'one', '1.5', ''].map((type) =>
    isWrong(`send ID x --type|${type}`, /--type.*whole number from 1 to 9223372036854775807/),
  ),
  ...['9223372036854775808', '-9223372036854775809', 'one', ''].map((type) =>
    isWrong(`recv ID --type|${type}`, /--type.*must be a whole number/),
  ),
  isWrong('recv ID --except', /--except needs a --type above 0/),
  isWrong('recv ID --except --type -1', /--except needs a --type above 0/),
  isWrong('recv ID --no-error', /--no-error cuts to --max-data: say how many/),
  isWrong('recv ID --timeout 0', /whole number from 1/),
  isWrong('recv ID --json --raw', /cannot be used with/),
  isWrong('show ID --most 1 --all', /cannot be used with/),
  isWrong('show ID --json --svg', /cannot be used with/),
  isWrong('show --svg 5', /'5' is taken for the file of --svg: put ID first/),
  { argv: 'show ID --svg @', err: /cannot write .*: EISDIR/ },
  { argv: 'show ID --svg @/none/x.svg', err: /cannot write .*x\.svg: ENOENT/ },
  { argv: 'recv ID --type 2', err: /ENOMSG.*no message of the type that is wanted/ },
  {
    argv: 'recv ID --max-data 1',
    err: /E2BIG.*more than 1 bytes and stays: give it more room, or cut it with --no-error/,
  },
  {
    argv: 'send ID - --type 1',
    input: Buffer.alloc(8193),
    err: /more bytes than a message may have, \d+ \(kernel\.msgmax\)/,
  },
  isWrong('frobnicate', /unknown command 'frobnicate' \(see ancillary queue --help\)/),
  isWrong('sned', /unknown command 'sned'; did you mean 'send'\?/),
  isWrong('recv ID --excpet', /unknown option '--excpet'; did you mean '--except'\?/),
];

const t = suite('cli-queue-bad-input');
checkQueues(t);

for (const { argv, code = 1, err, input } of bad) {
  const name = `'queue ${argv.replace('|', ' ')}': one line, exit ${code}`;
  if (noQueues) t.skip(name, noQueues);
  else
    t.test(name, () =>
      withQueue((made) =>
        withTempDir(async (folder) => {
          made.sendSync(1, 'abc');
          const before = made.stat();
          // What is behind | is one word, whatever is in it.
          const [line = '', last] = argv.split('|');
          const words = [...line.split(' '), ...(last === undefined ? [] : [last])].map((word) =>
            word
              .replace(/^ID$/, String(made.id))
              .replace('GONE', String(GONE))
              .replace('FREE', free())
              .replace('@', folder),
          );
          const running = new Running(queue(...words), { input: input ?? '', env: { TMPDIR: folder } });
          const { stdout } = await assertFails(running, code, err, folder);
          assert.is(stdout.length, 0);
          assert.equal(made.stat(), before);
        }),
      ),
    );
}

const test = (lack: string | undefined, name: string, fn: () => unknown) =>
  lack ? t.skip(name, lack) : t.test(name, fn);

test(noQueues, 'an argument longer than kernel.msgmax: one line, exit 1', () =>
  withQueue(async (made) => {
    const text = 'x'.repeat(100_000);
    await assertFails(
      new Running(queue('send', made.id, '--type', 1, text)),
      1,
      /ERR_TOO_LARGE|a message of 100000 bytes does not fit.*kernel\.msgmax/,
    );
    assert.is(made.stat().qnum, 0);
  }),
);

test(noQueues, 'advice is what the command can do, of a full queue, one that is too small, and one that is there', () =>
  withQueue(async (made) => {
    made.set({ qbytes: 4 });
    made.sendSync(1, 'abcd');
    const send = (text: string) => new Running(queue('send', made.id, '--type', 1, text));
    await assertFails(send('x'), 1, /EAGAIN.*it is full: receive some of it, give --wait, or have its qbytes raised$/m);
    await assertFails(send('12345'), 1, /5 bytes does not fit.*holds 4 at most.*: have that raised$/m);
    await withKey(async (key) => {
      MessageQueue.create(key);
      const create = new Running(queue('create', '--exclusive', '--key', `0x${(key >>> 0).toString(16)}`));
      await assertFails(create, 1, /EEXIST.*open it, or leave out --exclusive$/m);
    });
  }),
);

test(noQueues, 'a queue that was removed: one line, exit 1', async () => {
  const made = MessageQueue.private();
  made.remove();
  await assertFails(new Running(queue('recv', made.id)), 1, /EINVAL.*no queue of this IPC namespace has that id/);
});

const asNobody = (...argv: (string | number)[]) =>
  new Running(['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', ...queue(...argv)]);
test(noQueues ?? noOtherUser, 'who has no permission: one line that says which, exit 1, and nothing is changed', () =>
  withQueue(async (made) => {
    made.sendSync(1, 'abc');
    const before = made.stat();
    for (const [argv, err] of [
      [['send', made.id, '--type', 1, 'x'], /EACCES.*mode \(0600 of uid 0, gid 0\) does not let this process write/],
      [['recv', made.id], /EACCES.*does not let this process read/],
      [['recv', made.id, '--wait'], /EACCES.*does not let this process read/],
      [['peek', made.id], /EACCES.*does not let this process read/],
      [['rm', made.id], /EPERM.*only its owner \(uid 0, made by uid 0\)/],
    ] as const) {
      await assertFails(asNobody(...argv), 1, err);
    }
    assert.equal(made.stat(), before);
    const { code, stdout } = await asNobody('stat', made.id, '--json').ended;
    assert.equal([code, JSON.parse(stdout.toString()).qnum], [0, 1]);
  }),
);

const NAMESPACE = ['unshare', '--ipc', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])];
test(
  noQueues ?? lacks(NAMESPACE[0] ?? '', ...NAMESPACE.slice(1), 'sh', '-c', 'echo 1 > /proc/sys/kernel/msgmni'),
  'as many queues as there may be: one line, exit 1',
  async () => {
    const words = [...cli('queue', 'create')].map((word) => `'${word}'`).join(' ');
    const line = `echo 1 > /proc/sys/kernel/msgmni; ${words} && ${words}`;
    const { code, stdout, stderr } = await run([...NAMESPACE, 'sh', '-c', line]);
    assert.is(code, 1);
    assert.match(stdout.toString(), /^\d+\n$/);
    assert.match(stderr, /^ancillary: msgget .*ENOSPC.*kernel\.msgmni = 1\): remove some[^\n]*\n$/);
  },
);

test(noQueues, 'output that nobody reads: one line, exit 1', () =>
  withQueue(async (made) => {
    made.sendSync(1, 'abc');
    for (const argv of [['ls'], ['stat', made.id], ['show', made.id], ['show', made.id, '--svg'], ['peek', made.id]]) {
      const running = new Running(queue(...argv));
      running.child.stdout?.destroy();
      await assertFails(running, 1, /the output was closed before all was written/);
    }
    assert.ok(queueIds().includes(made.id));
  }),
);

t.run();
