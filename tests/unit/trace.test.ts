/** What strace writes of several processes becomes calls: joined, read, and never more than a text where it is not. */
import * as assert from 'uvu/assert';
import { isIdle, readTracedCall } from '../../host/model/trace/call.js';
import { namesOfFlags } from '../../host/model/trace/flags.js';
import { TraceJoiner } from '../../host/model/trace/lines.js';
import { readTracedControl } from '../../host/view/traced-call.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('trace');
const codec = codecInstance();
const r = random(seed());

const RIGHTS = '[{cmsg_len=24, cmsg_level=0x1, cmsg_type=0x1, cmsg_data=[3<\\x2f\\x61>, 4<\\x2f\\x62>(deleted)]}]';
const header = (control: string, flags = '0') =>
  `{msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="\\x68\\x69", iov_len=2}, {iov_base="\\x21", iov_len=1}], ` +
  `msg_iovlen=2, ${control}, msg_flags=${flags}}`;
const SENT = `sendmsg(3<UNIX-STREAM:[12->34]>, ${header(`msg_control=${RIGHTS}, msg_controllen=24`)}, 0x4040) = 3`;
const NAMED =
  'recvmsg(4<UNIX:[5,@"\\x61\\x1b"]>, {msg_name={sa_family=0x1, sun_path=@"\\x61\\x1b"}, msg_namelen=128 => 5, ' +
  'msg_iov=[{iov_base="\\x61\\x62"..., iov_len=10}], msg_iovlen=1, msg_controllen=0, msg_flags=0x20}, 0) = 5';
const NETLINK =
  'recvmsg(11<NETLINK:[ROUTE:46]>, {msg_name={sa_family=0x10, nl_pid=0, nl_groups=00000000}, msg_namelen=12, ' +
  'msg_iov=[{iov_base=[[{nlmsg_len=1468, nlmsg_flags=0x2|NLM_F}, {ifi_family=0, ...}, [{nla_len=7}, "\\x6c"]], {x}], ' +
  'iov_len=65536}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 2952';
const MANY =
  `recvmmsg(4, [{msg_hdr=${header('msg_controllen=0')}, msg_len=1}, {msg_hdr=${header('msg_controllen=0', '0x8')}, ` +
  'msg_len=3}, {msg_hdr={msg_name=NULL}, msg_len=0}], 3, 0x10000, {tv_sec=5, tv_nsec=0}) = 2 (left {tv_sec=4, tv_nsec=1})';

/** What is told of each line. */
function joined(lines: readonly string[]): unknown[] {
  const joiner = new TraceJoiner();
  return lines.map((line) => joiner.take(line)).filter((event) => event !== undefined);
}

t.table(
  [
    {
      name: 'a call, with the name of its process',
      in: ['12<\\x61\\x1b> sendmsg(3, NULL, 0) = 1'],
      out: [{ pid: 12, command: 'a\x1b', kind: 'call', text: 'sendmsg(3, NULL, 0) = 1' }],
    },
    {
      name: 'calls of two threads, each in two lines',
      in: [
        '12    recvmsg(3<a>,  <unfinished ...>',
        '13    recvmsg(4,  <unfinished ...>',
        '12    <... recvmsg resumed>{x}, 0)      = 5',
        '13    <... recvmsg resumed> {y}, 0) = 6',
      ],
      out: [
        { pid: 12, kind: 'call', text: 'recvmsg(3<a>,  {x}, 0)      = 5' },
        { pid: 13, kind: 'call', text: 'recvmsg(4,   {y}, 0) = 6' },
      ],
    },
    {
      name: 'a call that its process did not live to see is not joined with one of the next process of that number',
      in: [
        '12 recvmsg(3,  <unfinished ...>',
        '12 +++ killed by SIGKILL +++',
        '12 <... recvmsg resumed>{x}, 0) = 5',
        '12 +++ exited with 3 +++',
      ],
      out: [
        { pid: 12, kind: 'end', signal: 'SIGKILL' },
        { pid: 12, kind: 'end', code: 3 },
      ],
    },
    {
      name: 'signals, executions that replace threads, changes of personality, and nothing',
      in: [
        '12 --- SIGCHLD {si_signo=17} ---',
        '12 +++ superseded by execve in pid 13 +++',
        '[ Process PID=12 runs in 32 bit mode. ]',
        '12 strace: something',
        '',
      ],
      out: [],
    },
    {
      name: 'the signal of a core dump',
      in: ['1 +++ killed by SIGSEGV (core dumped) +++'],
      out: [{ pid: 1, kind: 'end', signal: 'SIGSEGV' }],
    },
  ],
  joined,
);

/** A call without its text and, of its messages, without where the control is; data as text. */
function read(text: string): { messages: object[]; [member: string]: unknown } {
  const { text: own, messages = [], ...call } = readTracedCall(text) ?? {};
  return {
    ...call,
    messages: messages.map(({ data, control, ...message }) => ({
      ...message,
      data: String.fromCharCode(...data),
      ...(control ? { controllen: control.size } : {}),
    })),
  };
}

const empty = { direction: 'send', flags: 0, messages: [] };
t.table(
  [
    {
      name: 'what was sent: the descriptor and what it is, flags, data of all parts, descriptors passed',
      in: SENT,
      out: {
        name: 'sendmsg',
        direction: 'send',
        fd: 3,
        file: 'UNIX-STREAM:[12->34]',
        flags: 0x4040,
        result: 3,
        messages: [
          {
            size: 3,
            data: 'hi!',
            flags: 0,
            controllen: 24,
            files: [
              { fd: 3, file: '\\x2f\\x61' },
              { fd: 4, file: '\\x2f\\x62 (deleted)' },
            ],
          },
        ],
      },
    },
    {
      name: 'a stream that took less: as much data as it took',
      in: SENT.replace('= 3', '= 1'),
      out: { ...read(SENT), result: 1, messages: [{ ...read(SENT).messages[0], size: 1, data: 'h' }] },
    },
    {
      name: 'what was received: from whom, cut data, its flags',
      in: NAMED,
      out: {
        name: 'recvmsg',
        direction: 'recv',
        fd: 4,
        file: 'UNIX:[5,@"\\x61\\x1b"]',
        flags: 0,
        result: 5,
        messages: [{ name: '@a\x1b', size: 5, data: 'ab', flags: 0x20, files: [] }],
      },
    },
    { name: 'as strace 5 shows a length', in: NAMED.replace('128 => 5', '128->5'), out: read(NAMED) },
    {
      name: 'data that is shown in a way of its own',
      in: NETLINK,
      out: {
        name: 'recvmsg',
        direction: 'recv',
        fd: 11,
        file: 'NETLINK:[ROUTE:46]',
        flags: 0,
        result: 2952,
        messages: [{ name: 'netlink 0', size: 2952, data: '', flags: 0, files: [] }],
      },
    },
    {
      name: 'an array: those messages that came',
      in: MANY,
      out: {
        name: 'recvmmsg',
        direction: 'recv',
        fd: 4,
        flags: 0x10000,
        result: 2,
        messages: [
          { size: 1, data: 'h', flags: 0, files: [] },
          { size: 3, data: 'hi!', flags: 8, files: [] },
        ],
      },
    },
    {
      name: 'a call that failed',
      in: 'sendmsg(9, 0x8, 0) = -1 EFAULT (Bad address)',
      out: { ...empty, name: 'sendmsg', fd: 9, result: -1, error: 'EFAULT' },
    },
    {
      name: 'a call that did not return',
      in: 'sendmsg(9, <unfinished ...>) = ?',
      out: { ...empty, name: 'sendmsg', fd: 9 },
    },
    { name: 'a call of another family', in: 'execve("\\x61", 0x1, 0x2) = 0', out: { messages: [] } },
  ],
  read,
);

t.table(
  [
    ['recvmsg(3, {msg_namelen=0}, 0) = -1 EAGAIN (Resource temporarily unavailable)', true],
    ['recvmsg(3, {msg_namelen=0}, 0) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)', true],
    ['recvmsg(3, 0x1, 0)       = ?', true],
    ['recvmsg(3, {msg_namelen=0}, 0) = -1 EINTR (Interrupted system call)', false],
    ['recvmsg(3, {msg_namelen=0}, 0) = 0', false],
  ].map(([text, out]) => ({ name: `${text} ${out ? 'did nothing' : 'is shown'}`, in: text as string, out })),
  (text) => isIdle(readTracedCall(text) as NonNullable<ReturnType<typeof readTracedCall>>),
);

t.table(
  [
    { name: 'no flag', in: 0, out: [] },
    {
      name: 'flags by their names',
      in: 0x40004048,
      out: ['MSG_CTRUNC', 'MSG_DONTWAIT', 'MSG_NOSIGNAL', 'MSG_CMSG_CLOEXEC'],
    },
    { name: 'bits without a name', in: 0x80000002, out: ['MSG_PEEK', '0x80000000'] },
  ],
  (flags) => namesOfFlags(codec, 'x86_64-glibc', flags),
);

t.test('the control buffer of each call of a text is its own, with the padding that its length includes', () => {
  const call = readTracedCall(SENT);
  const where = call?.messages[0]?.control;
  assert.ok(call && where);
  const found = readTracedControl(codec, 'x86_64-glibc', call.text, where);
  assert.equal(
    'control' in found && Buffer.from(found.control).toString('hex'),
    '180000000000000001000000010000000300000004000000',
  );
  const other = readTracedControl(codec, 'i386-glibc', call.text, where);
  assert.match('problem' in other ? other.problem : '', /^24 bytes that cannot be drawn: /);
});

t.test('whatever a line holds, it is read without an error', () => {
  const lines = [SENT, NAMED, NETLINK, MANY];
  const odd = [
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '<',
    '>',
    '"',
    '\\',
    ',',
    '=',
    '...',
    '|',
    '\0',
    '\u{10000}',
    '/*',
    ' => ',
    '@"',
  ];
  for (let i = 0; i < 5000; i++) {
    let line = r.pick(lines);
    for (let changes = r.below(4); changes >= 0; changes--) {
      const at = r.below(line.length);
      line = line.slice(0, at) + (r.below(3) === 0 ? '' : r.pick(odd)) + line.slice(at + r.below(6));
    }
    new TraceJoiner().take(`1 ${line}`);
    const call = readTracedCall(line);
    for (const { control } of call?.messages ?? []) {
      if (call && control) readTracedControl(codec, 'x86_64-glibc', call.text, control);
    }
  }
});

for (const [name, inside] of Object.entries({
  'brackets without end': '['.repeat(4_000_000),
  'lists in lists': '[x|'.repeat(1_000_000),
  'a string without end': `"${'\\x00'.repeat(1_000_000)}`,
  'marks without end': `3${'<'.repeat(4_000_000)}`,
  'lengths without end': '1 => '.repeat(800_000),
})) {
  t.test(`4 MB of ${name} are read before long`, () => {
    const start = performance.now();
    assert.ok(readTracedCall(`sendmsg(${inside}`));
    assert.ok(performance.now() - start < 30_000);
  });
}

t.run();
