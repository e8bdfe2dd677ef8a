/** `ancillary queue show`: the chain as the kernel has it, whatever is in it, and nothing is taken. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageQueue } from 'ancillary/sysv';
import * as assert from 'uvu/assert';
import { ACTING, assertFails } from '../support/bad-input.js';
import { ask, askJson, queue } from '../support/cli-queues.js';
import { noOtherUser } from '../support/ordinary.js';
import { Running, run, script, until } from '../support/process.js';
import { checkQueues, noQueues, withQueue } from '../support/queues.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-queue-show');
checkQueues(t);
const test = (name: string, fn: () => unknown, lack = noQueues) => (lack ? t.skip(name, lack) : t.test(name, fn));
const show = async (...argv: (string | number)[]) => (await ask(['show', ...argv])).stdout.toString();

test('each message has its structs, its bytes, and the slabs that these take; nothing changes', () =>
  withQueue(async (made) => {
    made.sendSync(7, 'hello');
    made.sendSync(2n ** 60n, Buffer.alloc(8192, 'ab'));
    const before = made.stat();
    const text = await show(made.id);
    assert.equal(made.stat(), before);
    const chain = text.match(/^ *(msg_\w+: .*|│ .*)$/gm);
    const slab = (text.match(/in (msg_msg|kmalloc-cg)-64$/m) ?? [])[1];
    assert.equal(chain, [
      'msg_queue: 256 bytes in kmalloc-cg-256',
      '│ q_messages',
      `msg_msg: message 0, type 7, 5 bytes; 48 + 5 of 64 bytes in ${slab}-64`,
      '│ m_list',
      `msg_msg: message 1, type 0x1000000000000000, 8192 bytes; 48 + 4048 of 4096 bytes in ${slab}-4k`,
      '  │ next',
      '  msg_msgseg: bytes from 4048 on; 8 + 4088 of 4096 bytes in kmalloc-cg-4k',
      '  │ next',
      '  msg_msgseg: bytes from 8136 on; 8 + 56 of 64 bytes in kmalloc-cg-64',
      '│ m_list',
    ]);
    for (const line of [
      '  16  07 00 00 00 00 00 00 00            m_type = 7',
      '  24  05 00 00 00 00 00 00 00            m_ts = 5',
      '  48  68 65 6c 6c 6f                     |hello|',
      `  152  q_cbytes    8197 of ${before.qbytes} bytes, ${Math.round(819700 / before.qbytes)} %`,
      `  176  q_lspid     pid ${process.pid} sent last`,
      '  184  q_lrpid     nobody has received',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
    }
    assert.match(text, /^8576 bytes of slabs for 8197 bytes of messages$/m);
  }));

test('an empty queue, and an empty message', () =>
  withQueue(async (made) => {
    assert.match(await show(made.id), /q_messages {2}an empty list/);
    made.sendSync(1, '');
    assert.match(await show(made.id), /48 {2}no byte of text/);
    assert.equal((await askJson('show', made.id)).messages[0].parts.length, 1);
  }));

test('--json has every byte and every part of what is shown', () =>
  withQueue(async (made) => {
    const data = Buffer.alloc(8192, 'xyz');
    made.sendSync(3, data);
    const { messages, left, limits, ...status } = await askJson('show', made.id);
    assert.equal(['changed' in status, 'problem' in status], [false, false]);
    assert.is(Buffer.from(messages[0].data, 'hex').compare(data), 0);
    const { parts } = messages[0];
    assert.equal(
      parts.map(({ struct, offset, size }: Record<string, unknown>) => [struct, offset, size]),
      [
        ['msg_msg', 0, 4048],
        ['msg_msgseg', 4048, 4088],
        ['msg_msgseg', 8136, 56],
      ],
    );
    assert.equal([left, limits.msgmax, status.id, status.size], [0, 8192, made.id, 256]);
  }));

test('10,000 messages are no flood: the oldest are shown, as many as are asked for', () =>
  withQueue(async (made) => {
    for (let i = 0; i < 10_000; i++) made.sendSync(i + 1, '');
    const text = await show(made.id);
    assert.is(text.match(/^msg_msg: /gm)?.length, 10);
    assert.match(text, /^9990 messages more, not drawn$/m);
    assert.not.match(text, /of slabs/);
    assert.is((await show(made.id, '--most', 3)).match(/^msg_msg: /gm)?.length, 3);
    assert.match(await show(made.id, '--most', 0), /│ q_messages\n▼\n10000 messages more/);
    const { messages, left } = await askJson('show', made.id, '--all');
    assert.equal([messages.length, left, messages[9999].type], [10_000, 0, 10_000]);
    assert.is((await show(made.id, '--all')).match(/^msg_msg: /gm)?.length, 10_000);
  }));

test('of a long message the beginning is shown, with --all every byte', () =>
  withQueue(async (made) => {
    made.sendSync(1, Buffer.alloc(2000, 'a'));
    const text = await show(made.id);
    assert.match(text, /^ +112 {2}1936 bytes more, up to 1999 of the message/m);
    assert.is(text.match(/\|a+\|/g)?.length, 4);
    assert.is((await show(made.id, '--all')).match(/\|a+\|/g)?.length, 125);
  }));

test('what a message has does nothing to a terminal, nor to what reads the picture', () =>
  withQueue(async (made) => {
    made.sendSync(1, '\x1b]0;evil\x07 \u202e </text><script>alert(1)</script> & "\0');
    const text = await show(made.id);
    for (const line of text.split('\n')) assert.not.match(line, ACTING);
    const svg = await show(made.id, '--svg', '-');
    assert.not.match(svg, /<script/);
    assert.match(svg, /&lt;/);
    for (const line of svg.split('\n')) assert.not.match(line, ACTING);
  }));

const noXml = noQueues ?? lacks('python3', '-c', 'import xml.dom.minidom');
test(
  '--svg is a picture, in a file or on standard output',
  () =>
    withQueue((made) =>
      withTempDir(async (folder) => {
        made.sendSync(1, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
        const file = join(folder, 'queue.svg');
        assert.is(await show(made.id, '--svg', file), '');
        const svg = readFileSync(file, 'utf8');
        assert.is(await show(made.id, '--svg'), svg);
        const check = 'import sys, xml.dom.minidom as m; print(m.parse(sys.argv[1]).documentElement.tagName)';
        assert.is((await run(['python3', '-c', check, file])).stdout.toString(), 'svg\n');
        for (const text of ['q_messages', 'msg_msg: message 0, type 1, 256 bytes', '|0123456789:;&lt;=&gt;?|'])
          assert.ok(svg.includes(text) || svg.includes(text.slice(0, 10)), text);
      }),
    ),
  noXml,
);

test('colours are those of a terminal: none in a pipe, none with NO_COLOR', () =>
  withQueue(async (made) => {
    made.sendSync(1, 'x');
    const coloured = async (env: Record<string, string>) =>
      (await ask(['show', made.id], { env })).stdout.includes('\x1b[');
    assert.equal([await coloured({}), await coloured({ FORCE_COLOR: '1' })], [false, true]);
  }));

const noScript = noQueues ?? lacks('script', '-qec', 'true', '/dev/null');
test(
  'no line is wider than a terminal of 80 columns',
  () =>
    withQueue(async (made) => {
      made.sendSync(1, Buffer.alloc(8192, 'a b'));
      const words = queue('show', made.id)
        .map((word) => `'${word}'`)
        .join(' ');
      const terminal = ['script', '-qec', `stty cols 80; NO_COLOR=1 ${words}`, '/dev/null'];
      const out = (await run(terminal, { env: { TERM: 'xterm' } })).stdout.toString();
      assert.match(out, /msg_msgseg/);
      for (const line of out.split(/\r?\n/)) assert.ok(line.length <= 80, `${line.length}: ${line}`);
    }),
  noScript,
);

test(
  'who may not read the queue sees what the kernel says of it, and why no more: exit 1',
  () =>
    withQueue(async (made) => {
      made.sendSync(1, 'secret');
      const words = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
      const { stdout } = await assertFails(
        new Running([...words, ...queue('show', made.id)]),
        1,
        /EACCES.*does not let this process read/,
      );
      const text = stdout.toString();
      assert.match(text, /q_qnum +1 of/);
      assert.match(text, /its messages are not shown: .*EACCES/);
      assert.not.match(text, /secret|73 65 63/);
      const json = await new Running([...words, ...queue('show', made.id, '--json')]).ended;
      const { problem, messages, qnum } = JSON.parse(json.stdout.toString());
      assert.match(problem, /EACCES/);
      assert.equal([json.code, messages, qnum], [1, [], 1]);
      made.receiveSync();
      await assertFails(
        new Running([...words, ...queue('show', made.id)]),
        1,
        /EACCES.*does not let this process read/,
      );
    }),
  noQueues ?? noOtherUser,
);

test(
  'a kernel that cannot copy messages shows what it says of the queue: one line, exit 1',
  () =>
    withQueue(async (made) => {
      made.sendSync(1, 'x');
      const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=msgrcv:error=ENOSYS'];
      const { stdout } = await assertFails(
        new Running([...strace, ...queue('show', made.id)]),
        1,
        /ENOSYS.*CONFIG_CHECKPOINT_RESTORE/,
      );
      assert.match(stdout.toString(), /its messages are not shown: .*ENOSYS/);
      assert.is(made.stat().qnum, 1);
    }),
  noQueues ?? lacks('strace', '-o', '/dev/null', '-e', 'inject=msgrcv:error=EIO', 'true'),
);

test('a queue that somebody uses meanwhile is shown all the same, or said to have changed', () =>
  withQueue(async (made) => {
    const busy = new Running([
      process.execPath,
      '--input-type=module',
      '--eval',
      `import { MessageQueue } from 'ancillary/sysv';
       const queue = MessageQueue.ofId(${made.id});
       for (;;) { for (let i = 0; i < 300; i++) queue.sendSync(1, 'x'.repeat(i % 40)); for (let i = 0; i < 300; i++) queue.receiveSync(); }`,
    ]);
    try {
      await until('it goes on', () => made.stat().qnum > 0);
      for (let i = 0; i < 5; i++) {
        const { messages, left, changed = false, qnum } = await askJson('show', made.id, '--all');
        if (!changed) assert.equal([messages.length, left], [qnum, 0]);
      }
    } finally {
      await busy.end();
    }
  }));

test('a queue that is removed while it is looked at: one line, exit 1', () =>
  withQueue(async (made) => {
    for (let i = 0; i < 16_000; i++) made.sendSync(1, '');
    const running = new Running(queue('show', made.id, '--all', '--svg'));
    // By its counter of copied messages nobody is told: removed when it is likely to be at it; before is as well.
    await new Promise((resolve) => setTimeout(resolve, 300));
    MessageQueue.ofId(made.id).remove();
    running.child.stdout?.resume();
    const { code, stderr } = await running.ended;
    if (code !== 0) assert.match(stderr, /^ancillary: [^\n]*(EIDRM|EINVAL)[^\n]*\n$/);
  }));

const LOWERED = ['unshare', '--ipc', '--user', '--map-root-user', 'sh', '-c'];
test(
  'of a queue with a message that is longer than the limit is by now, the others are drawn, and it is told',
  async () => {
    const program = script(`
      import { spawnSync } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      import { MessageQueue } from 'ancillary/sysv';
      const made = MessageQueue.private();
      for (const text of ['ab', 'abcde', 'cd']) made.sendSync(1, text);
      writeFileSync('/proc/sys/kernel/msgmax', '4');
      const results = [[], ['--json']].map((more) => {
        const [command, ...argv] = ${JSON.stringify(queue('show'))};
        const { status, stdout, stderr } = spawnSync(command, [...argv, String(made.id), ...more], { encoding: 'utf8' });
        return { status, stdout, stderr };
      });
      console.log(JSON.stringify(results));
    `);
    const { stdout } = await run([...LOWERED.slice(0, -2), ...program]);
    const [drawn, json] = JSON.parse(stdout.toString());
    assert.equal([drawn.status, json.status], [1, 1]);
    assert.match(drawn.stdout, /message 0, type 1, 2 bytes.*message 2, type 1, 2 bytes.*other messages are not shown/s);
    assert.match(
      drawn.stderr,
      /^ancillary: a message of queue \d+ cannot be looked at: it has more than 4 bytes[^\n]*\n$/,
    );
    const { messages, left, problem } = JSON.parse(json.stdout);
    assert.equal([messages.map(({ index }: { index: number }) => index), left], [[0, 2], 1]);
    assert.match(problem, /kernel\.msgmax/);
  },
  noQueues ?? lacks(LOWERED[0] ?? '', ...LOWERED.slice(1), 'echo 4 > /proc/sys/kernel/msgmax'),
);

t.run();
