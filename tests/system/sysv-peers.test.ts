/** System V queues with others on the other end, and without the permission to use them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ftok, MessageQueue } from 'ancillary/sysv';
import * as assert from 'uvu/assert';
import { Running, run, script, until } from '../support/process.js';
import { checkQueues, noQueues, withKey, withQueue } from '../support/queues.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('sysv peers');
checkQueues(t);

const test = (lack: string | undefined, name: string, fn: () => unknown) =>
  lack ? t.skip(name, lack) : t.test(name, fn);

const PEERS = [
  { name: 'C', lack: lacks('cc', '--version'), argv: (folder: string) => [compile(folder)] },
  {
    name: 'Python',
    lack: lacks('python3', '-c', 'import ctypes'),
    argv: () => ['python3', 'tests/fixtures/python/queue_peer.py'],
  },
  { name: 'Perl', lack: lacks('perl', '-e', '1'), argv: () => ['perl', 'tests/fixtures/perl/queue.pl'] },
];

function compile(folder: string): string {
  const program = join(folder, 'queue');
  execFileSync('cc', ['-o', program, 'tests/fixtures/c/queue.c']);
  return program;
}

for (const { name, lack, argv } of PEERS) {
  test(noQueues ?? lack, `a program in ${name} and this one send each other messages, and wait for each other`, () =>
    withTempDir((folder) =>
      withKey(async (key) => {
        const command = argv(folder);
        const queue = MessageQueue.create(key, { exclusive: true });
        const peer = (...words: string[]) => new Running([...command, words[0] ?? '', String(key), ...words.slice(1)]);
        const { code, stderr } = await peer('send', '7', 'from there').ended;
        assert.equal([code, stderr], [0, '']);
        assert.equal(queue.receiveSync({ type: 7 }), { type: 7, data: Buffer.from('from there') });
        queue.sendSync(1, 'other');
        const receiver = peer('receive', '5');
        await until('it has looked', () => queue.stat().qnum === 1 && receiver.pid > 0);
        await queue.send(5, 'from here');
        const { stdout } = await receiver.ended;
        assert.is(stdout.toString(), '5 from here\n');
        const wait = queue.receive({ type: -6 });
        await peer('send', '2', 'x').ended;
        assert.is((await wait).data.toString(), 'other');
        assert.is((await queue.receive()).type, 2);
      }),
    ),
  );
}

test(noQueues ?? lacks('cc', '--version'), 'ftok gives the key that C gives', () =>
  withTempDir((folder) => {
    const program = compile(folder);
    for (const id of [1, 65, 255]) {
      assert.is(execFileSync(program, ['ftok', program, String(id)], { encoding: 'utf8' }), `${ftok(program, id)}\n`);
    }
  }),
);

test(
  noQueues ?? lacks('ipcmk', '-V'),
  'a queue of ipcmk is used here, and ipcs and ipcrm see and remove one of here',
  async () => {
    const id = Number(/\d+/.exec(execFileSync('ipcmk', ['-Q', '-p', '0600'], { encoding: 'utf8' }))?.[0]);
    const queue = MessageQueue.ofId(id);
    try {
      queue.sendSync(1, 'abc');
      const { key, mode } = queue.stat();
      assert.is(MessageQueue.open(key).id, id);
      assert.is(mode, 0o600);
      assert.match(execFileSync('ipcs', ['-q', '-i', String(id)], { encoding: 'utf8' }), /qnum=1/);
    } finally {
      execFileSync('ipcrm', ['-q', String(id)]);
    }
    assert.is((await thrownBy(() => queue.stat())).code, 'EIDRM');
  },
);

/** Prints code and message of what `text` throws, run as nobody. */
async function asNobody(text: string): Promise<string> {
  const body = `
    import { createRequire } from 'node:module';
    const { MessageQueue, listQueues } = createRequire(process.cwd() + '/x.js')('ancillary/sysv');
    const tell = (use) => { try { const got = use(); console.log('ok', got?.type ?? ''); } catch ({ code, message }) { console.log(code, message); } };
    ${text}`;
  const argv = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...script(body)];
  const { code, stdout, stderr } = await run(argv);
  assert.is(code, 0, stderr);
  return stdout.toString();
}
const noNobody =
  noQueues ?? lacks('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '-e', '0');

test(noNobody, 'who lacks permission is told which, and nothing is taken', () =>
  withQueue(async (queue) => {
    queue.sendSync(1, 'x');
    queue.set({ uid: 1, gid: 2 });
    queue.set({ qbytes: 100 });
    const { uid, gid, cuid, cgid } = queue.stat();
    assert.equal([uid, gid, cuid, cgid], [1, 2, 0, 0]);
    const out = await asNobody(`
      const queue = MessageQueue.ofId(${queue.id});
      for (const use of [() => queue.sendSync(1, 'y'), () => queue.receiveSync(), () => queue.peek(), () => queue.set({ mode: 0o666 }), () => queue.remove()]) tell(use);
    `);
    const lines = out.trim().split('\n');
    assert.match(lines[0] ?? '', /^EACCES .*mode \(0600 of uid 1, gid 2\) does not let this process write/);
    assert.match(lines[1] ?? '', /^EACCES .*does not let this process read/);
    assert.match(lines[2] ?? '', /^EACCES .*does not let this process read/);
    assert.match(
      lines[3] ?? '',
      /^EPERM .*only its owner \(uid 1, made by uid 0\).*; a qbytes above \d+ \(kernel\.msgmnb\) needs CAP_SYS_RESOURCE$/,
    );
    assert.match(lines[4] ?? '', /^EPERM .*only its owner .* and CAP_SYS_ADMIN may$/);
    assert.is(queue.stat().qnum, 1);
  }),
);

test(noNobody, 'who may only write writes, asks for the status without permission, and opens by key', () =>
  withKey(async (key) => {
    const queue = MessageQueue.create(key, { mode: 0o622 });
    const out = await asNobody(`
      const queue = MessageQueue.open(${key});
      tell(() => queue.sendSync(4, 'y'));
      tell(() => queue.receiveSync());
      tell(() => { if (queue.stat().qnum !== 1) throw new Error('wrong'); });
      tell(() => { if (!listQueues().some(({ id }) => id === queue.id)) throw new Error('wrong'); });
      tell(() => MessageQueue.create(${key}, { mode: 0o600 }));
    `);
    const lines = out.trim().split('\n');
    const codes = lines.map((line) => line.split(' ')[0]);
    assert.equal(codes, ['ok', 'EACCES', 'ok', 'ok', 'EACCES']);
    assert.match(lines.at(-1) ?? '', /does not grant what the mode given here asks for/);
    assert.is(queue.receiveSync().type, 4);
  }),
);

/** Prints code and message of what `text` throws, while strace has a call fail. */
async function injected(injection: string, text: string): Promise<string> {
  const body = `
    import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/x.js');
    const { MessageQueue, listQueues, queueInfo } = require('ancillary/sysv');
    const queue = MessageQueue.private();
    console.log(queue.id);
    try { console.log(JSON.stringify(await (async () => { ${text} })())); }
    catch ({ code, message }) { console.log(code + ' ' + message); }`;
  const trace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `inject=${injection}`];
  const { code, stdout, stderr } = await run([...trace, ...script(body)]);
  const [id = '', answer = ''] = stdout.toString().split('\n');
  // Not by what strace may have fail.
  execFileSync('ipcrm', ['-q', id]);
  assert.is(code, 0, stderr);
  return answer;
}
const noInjection = noQueues ?? lacks('strace', '-o', '/dev/null', '-e', 'inject=msgrcv:error=EIO', 'true');

test(noInjection, 'a kernel that cannot copy messages is one clear line', async () => {
  const out = await injected('msgrcv:error=ENOSYS', 'return queue.peek();');
  assert.match(out, /^ENOSYS msgrcv to look into queue \d+: .*CONFIG_CHECKPOINT_RESTORE/);
});

test(noInjection, 'interrupted calls are made again', async () => {
  const out = await injected(
    'msgrcv,msgsnd:error=EINTR:when=1',
    "await queue.send(2, 'x'); return (await queue.receive()).type;",
  );
  assert.is(out, '2');
});

test(noInjection, 'without MSG_STAT_ANY queues are listed by /proc', async () => {
  // msgctl: 1 and 2 ask for the highest index, what comes then is about single queues.
  const out = await injected(
    'msgctl:error=EINVAL:when=2+',
    'return listQueues().some(({ id, qbytes }) => id === queue.id && qbytes === undefined);',
  );
  assert.is(out, 'true');
});

const NO_PROC = "require('node:fs').readFileSync = () => { throw new Error('no /proc'); };";
for (const [name, injection, text, out] of [
  [
    'no System V queues: msgget',
    'msgget:error=ENOSYS:when=2',
    'MessageQueue.private()',
    /^ENOSYS msgget for a private queue: .*CONFIG_SYSVIPC/,
  ],
  [
    'no System V queues: msgsnd',
    'msgsnd:error=ENOSYS',
    "queue.sendSync(1, 'x')",
    /^ENOSYS msgsnd on queue .*CONFIG_SYSVIPC/,
  ],
  [
    'no System V queues: msgrcv',
    'msgrcv:error=ENOSYS',
    'queue.receiveSync()',
    /^ENOSYS msgrcv on queue .*CONFIG_SYSVIPC/,
  ],
  [
    'no System V queues: msgctl',
    'msgctl:error=ENOSYS',
    'queue.stat()',
    /^ENOSYS msgctl to stat queue .*CONFIG_SYSVIPC/,
  ],
  ['no limits', 'msgctl:error=ENOSYS', 'queueInfo()', /^ENOSYS msgctl to ask for limits: .*no System V queues$/],
  ['limits, but not what there is', 'msgctl:error=EPERM:when=2', 'queueInfo()', /^EPERM msgctl to ask for limits: /],
  [
    'a queue that goes while it is sent to',
    'msgsnd:error=EIDRM',
    "queue.sendSync(1, 'x')",
    /^EIDRM msgsnd on queue .*was removed$/,
  ],
  [
    'a queue that goes while it is received from',
    'msgrcv:error=EIDRM',
    'queue.receiveSync()',
    /^EIDRM msgrcv on queue .*was removed$/,
  ],
  [
    'a queue that goes while it is asked',
    'msgctl:error=EIDRM',
    'queue.stat()',
    /^EIDRM msgctl to stat queue .*was removed$/,
  ],
  [
    'a queue that goes while it is set',
    'msgctl:error=EINVAL:when=2+',
    'queue.set({ mode: 0 })',
    /^EIDRM msgctl on queue .*was removed$/,
  ],
  [
    'a status that nobody may see',
    'msgctl:error=EACCES',
    'queue.stat()',
    /^EACCES msgctl to stat queue .*; its mode does not let this process read$/,
  ],
  [
    'an owner whom nobody may see',
    'msgctl:error=EPERM',
    'queue.remove()',
    /^EPERM msgctl to remove queue .*only its owner and CAP_SYS_ADMIN may$/,
  ],
  ['what nobody has advice on', 'msgctl:error=EIO', 'queue.remove()', /^EIO msgctl to remove queue \d+: [^;]*$/],
  [
    'no limits, and no such queue',
    'msgsnd,msgctl:error=EINVAL',
    "MessageQueue.ofId(queue.id).sendSync(1, 'x')",
    /^EINVAL msgsnd on queue .*no queue of this IPC namespace/,
  ],
  [
    'no list, and no /proc',
    'msgctl:error=EPERM:when=2+',
    `${NO_PROC} return listQueues()`,
    /^EPERM msgctl to list queues: .*\/proc\/sysvipc\/msg cannot be read$/,
  ],
  [
    'a queue that goes while it is disposed of',
    'msgctl:error=EIDRM',
    "MessageQueue.ofId(queue.id, { removeOnDispose: true })[Symbol.dispose](); return 'done'",
    /^"done"$/,
  ],
  [
    'a queue that may not be disposed of',
    'msgctl:error=EPERM',
    'MessageQueue.ofId(queue.id, { removeOnDispose: true })[Symbol.dispose]()',
    /^EPERM msgctl to remove queue/,
  ],
  [
    'a queue that is disposed of a second time',
    'msgctl:error=EPERM:when=2',
    "const own = MessageQueue.private({ removeOnDispose: true }); own[Symbol.dispose](); own[Symbol.dispose](); return 'done'",
    /^"done"$/,
  ],
  ['no list, and none in it', 'msgctl:error=EINVAL:when=2+', `${NO_PROC} return listQueues()`, /^\[\]$/],
] as const) {
  test(
    noInjection,
    `what the kernel refuses is one line with its cause, or nothing where nothing is lost: ${name}`,
    async () => {
      assert.match(await injected(injection, text), out);
    },
  );
}

const NAMESPACE = ['unshare', '--ipc', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])];
test(
  noQueues ?? lacks(NAMESPACE[0] ?? '', ...NAMESPACE.slice(1), 'true'),
  'limits of the namespace: no more queues, larger messages',
  async () => {
    const body = `
    import { createRequire } from 'node:module';
    import { writeFileSync } from 'node:fs';
    const { MessageQueue, queueInfo } = createRequire(process.cwd() + '/x.js')('ancillary/sysv');
    const set = (name, value) => writeFileSync('/proc/sys/kernel/' + name, String(value));
    set('msgmni', 2); set('msgmnb', 10_000_000); set('msgmax', 5_000_000);
    const queue = MessageQueue.private();
    MessageQueue.private();
    try { MessageQueue.private(); } catch ({ code, message }) { console.log(code, message); }
    const data = Buffer.alloc(4_000_000, 'ab');
    // What is made room for, and what is left of it.
    const sizes = [];
    globalThis.ArrayBuffer = class extends ArrayBuffer {
      constructor(size) {
        super(size);
        sizes.push(size);
      }
    };
    for (const use of [() => queue.sendSync(1, data), () => queue.peek(), () => queue.receiveSync()]) {
      use();
      console.log(sizes.some((size) => size > 4_000_000), sizes.at(-1) < 100_000);
      sizes.length = 0;
    }
    queue.sendSync(1, data);
    const { queues, messages, bytes } = queueInfo();
    console.log(queues, messages, bytes);
    try { queue.receiveSync({ maxSize: 65_536 }); } catch ({ code }) { console.log(code); }
    console.log(queue.receiveSync({ maxSize: 1_000_000, noError: true }).data.equals(data.subarray(0, 1_000_000)));
    queue.sendSync(1, data);
    console.log(queue.peek(0).data.equals(data), (await queue.receive()).data.equals(data), queueInfo().msgmax);
    queue.sendSync(1, 'small');
    console.log(queue.receiveSync().data.toString());
  `;
    const { code, stdout, stderr } = await run([...NAMESPACE, ...script(body)]);
    if (code !== 0 && /EACCES|EROFS|EPERM/.test(stderr)) return console.log('skip: the limits cannot be set here');
    assert.is(code, 0, stderr);
    const lines = stdout.toString().trim().split('\n');
    assert.match(lines[0] ?? '', /^ENOSPC msgget for a private queue: .*kernel\.msgmni = 2/);
    const isGivenUp = ['true true', 'true true', 'true true'];
    assert.equal(lines.slice(1), [...isGivenUp, '2 1 4000000', 'E2BIG', 'true', 'true true 5000000', 'small']);
  },
);

t.test('who only passes descriptors loads nothing of the queues', async () => {
  const { stdout } = await run(
    script(`
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/x.js');
      require('ancillary').socketpair();
      console.log(Object.keys(require.cache).filter((file) => file.endsWith('sysv.js')).length);
    `),
  );
  assert.is(stdout.toString(), '0\n');
  assert.not.match(readFileSync('build/cjs/library.js', 'utf8'), /msgrcv|MessageQueue/);
});

t.test('a class of the library is one, whichever entry throws it', async () => {
  const { stdout } = await run(
    script(`
      import { AncillaryError } from 'ancillary';
      import { MessageQueue } from 'ancillary/sysv';
      try { MessageQueue.open(0); } catch (error) { console.log(error instanceof AncillaryError); }
    `),
  );
  assert.is(stdout.toString(), 'true\n');
});

test(noQueues, 'the example: a queue tells where the socket is, and the socket passes the file', () =>
  withTempDir(async (folder) => {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(process.cwd(), join(folder, 'node_modules/ancillary'));
    const install = (name: string) => {
      const text = readFileSync(`docs/examples/${name}`, 'utf8').replaceAll('/tmp/', `${folder}/`);
      writeFileSync(join(folder, name), text);
      return [process.execPath, join(folder, name)];
    };
    const server = new Running(install('queue-server.mjs'));
    try {
      const { code, stdout, stderr } = await new Running(install('queue-client.mjs')).ended;
      const out = `got: ${readFileSync('/etc/hostname', 'utf8')}\n`;
      assert.equal([code, stdout.toString(), stderr], [0, out, '']);
    } finally {
      const { code, stderr } = await server.end('SIGTERM');
      assert.equal([code, stderr], [0, '']);
    }
  }),
);

t.run();
