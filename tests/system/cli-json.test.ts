/** The machine interface: shapes of the tables, and what each line is answered. */
import { abis, dialects, layout, payloads } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { ABI, ask, type Json } from '../support/ask.js';
import { cli, run } from '../support/process.js';
import { suite } from '../support/suite.js';

async function json(...argv: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run(cli(...argv));
  assert.equal([code, stderr], [0, '']);
  assert.is(stdout.toString().split('\n').length, 2, 'one line');
  return JSON.parse(stdout.toString());
}

const t = suite('cli-json');

t.test('abis: every row with its members, and what proves it', async () => {
  const rows = (await json('abis', '--json')) as Json[];
  assert.equal(
    rows.map(({ source, ...row }) => row),
    abis(),
  );
  for (const row of rows) {
    const names = ['id', 'arch', 'libc', 'os', 'word', 'endian', 'dialect', 'proof', 'source'];
    assert.equal(Object.keys(row), names);
    assert.match(`${row.source}`, row.proof === 'document' ? /^https:\/\/\S+$/ : /^\S+/, `${row.id}`);
    assert.match(`${row.id}`, /^[a-z0-9_]+(-[a-z0-9]+)+$/);
    assert.ok([4, 8].includes(row.word as number) && ['little', 'big'].includes(row.endian as string), `${row.id}`);
  }
  for (const id of [ABI, 'x86_64-musl', 'x86_64-freebsd'])
    assert.ok(
      rows.some((row) => row.id === id),
      id,
    );
});

t.test('dialects: every walk, those of all rows among them', async () => {
  const rows = (await json('dialects', '--json')) as Json[];
  assert.equal(
    rows.map(({ id }) => ({ id })),
    dialects(),
  );
  for (const { id, summary, source } of rows) {
    assert.match(`${summary}`, /^[A-Za-z]+.*: \S/, `${id}`);
    assert.match(`${source}`, /^https:\/\/\S+$/, `${id}`);
  }
  const ids = rows.map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length);
  for (const { id, dialect } of abis()) assert.ok(id === 'wasm32-wasi' ? dialect === '' : ids.includes(dialect), id);
});

t.test('payloads: what goes by its meaning on an ABI, with the names and numbers of its headers', async () => {
  const rows = (await json('payloads', '--abi', 'sparc64-glibc', '--json')) as Json[];
  assert.equal(rows, payloads('sparc64-glibc'));
  const [rights] = rows;
  assert.equal(rights, {
    key: 'fds',
    level: 'SOL_SOCKET',
    type: 'SCM_RIGHTS',
    numbers: [0xffff, 1],
    direction: 'both',
    size: 0,
    members: ['fd fds[]'],
    kinds: ['fd'],
  });
  const named = (type: string) => rows.filter((row) => row.type === type).map(({ key, members }) => [key, members]);
  assert.equal(named('IP_RECVERR')[0], ['recverr', ['struct sock_extended_err ee', 'struct sockaddr_in offender']]);
  assert.equal(named('IP_RECVOPTS'), [['', []]], 'known by its name only');
  assert.equal(
    payloads('wasm32-wasi').filter(({ key }) => key !== ''),
    [],
  );
});

t.test('layout: the structs and the CMSG sizes', async () => {
  const shown = (await json('layout', '--abi', ABI, '--json')) as Record<string, Json>;
  assert.equal(shown, { abi: ABI, ...layout(ABI) });
  assert.equal(Object.keys(shown), ['abi', 'structs', 'cmsg']);
  assert.equal((shown.structs as Json).cmsghdr, {
    size: 16,
    align: 8,
    pads: [],
    fields: {
      cmsg_len: { offset: 0, size: 8 },
      cmsg_level: { offset: 8, size: 4 },
      cmsg_type: { offset: 12, size: 4 },
    },
  });
  const { align, data, LEN, SPACE } = shown.cmsg as { align: number; data: number; LEN: Json; SPACE: Json };
  assert.equal([align, data, LEN['0'], LEN['1'], SPACE['0'], SPACE['1'], SPACE['8']], [8, 16, 16, 17, 16, 24, 24]);
});

const RIGHTS = '18000000000000000100000001000000' + '0300000004000000';

/** One line and its answer; an error only by what it must name. */
const lines: { name: string; command: 'encode' | 'walk' | 'parse'; in: string; out: Json | RegExp }[] = [
  {
    name: 'raw message, filled',
    command: 'encode',
    in: '{"messages":[{"level":1,"type":1,"data":"0a0b0c"}],"fill":238}',
    out: { control: '130000000000000001000000010000000a0b0ceeeeeeeeee', offsets: [0] },
  },
  {
    name: 'two messages, the last tight',
    command: 'encode',
    in: '{"messages":[{"level":1,"type":1,"data":"01"},{"level":2,"type":3,"data":"02"}],"tight":true}',
    out: {
      control: '11000000000000000100000001000000010000000000000011000000000000000200000003000000' + '02',
      offsets: [0, 24],
    },
  },
  {
    name: 'named message',
    command: 'encode',
    in: '{"messages":[{"fds":[3,4]}]}',
    out: { control: RIGHTS, offsets: [0] },
  },
  { name: 'no message', command: 'encode', in: '{"messages":[]}', out: { control: '', offsets: [] } },
  { name: 'no list', command: 'encode', in: '{}', out: /messages/ },
  { name: 'list of null', command: 'encode', in: '{"messages":[null]}', out: /messages\[0\]/ },
  { name: 'message without meaning', command: 'encode', in: '{"messages":[{}]}', out: /messages\[0\].*\{fds\}/ },
  { name: 'no level', command: 'encode', in: '{"messages":[{"type":1,"data":""}]}', out: /messages\[0\]\.level/ },
  { name: 'no type', command: 'encode', in: '{"messages":[{"level":1,"data":""}]}', out: /messages\[0\]\.type/ },
  { name: 'no data', command: 'encode', in: '{"messages":[{"level":1,"type":1}]}', out: /messages\[0\]\.data/ },
  { name: 'odd hex', command: 'encode', in: '{"messages":[{"level":1,"type":1,"data":"0"}]}', out: /data.*even/ },
  {
    name: 'type of 33 bits',
    command: 'encode',
    in: '{"messages":[{"level":1,"type":4294967296,"data":""}]}',
    out: /type/,
  },
  { name: 'fraction for a descriptor', command: 'encode', in: '{"messages":[{"fds":[1.5]}]}', out: /fds.*1\.5/ },
  { name: 'text for descriptors', command: 'encode', in: '{"messages":[{"fds":"x"}]}', out: /fds.*list/ },
  { name: 'half of credentials', command: 'encode', in: '{"messages":[{"credentials":{"pid":1}}]}', out: /uid/ },
  {
    name: 'a payload by its bytes and by its meaning at once',
    command: 'encode',
    in: '{"messages":[{"level":1,"type":1,"data":"00","fds":[1]}]}',
    out: /messages\[0\]/,
  },
  { name: 'a byte of more than 8 bits', command: 'encode', in: '{"messages":[{"label":[300]}]}', out: /label.*300/ },
  { name: 'fill of 256', command: 'encode', in: '{"messages":[],"fill":256}', out: /fill/ },
  { name: 'tight of 1', command: 'encode', in: '{"messages":[],"tight":1}', out: /tight/ },
  {
    name: 'a message',
    command: 'walk',
    in: `{"control":"${RIGHTS}"}`,
    out: { headers: [{ offset: 0, len: 24, level: 1, type: 1 }], end: 'end', at: 0 },
  },
  {
    name: 'controllen below the buffer',
    command: 'walk',
    in: `{"control":"${RIGHTS}","controllen":15}`,
    out: { headers: [], end: 'end', at: 0 },
  },
  {
    name: 'a length beyond 2^53 as text',
    command: 'walk',
    in: '{"control":"ffffffffffffff7f0100000001000000"}',
    out: { headers: [{ offset: 0, len: '0x7fffffffffffffff', level: 1, type: 1 }], end: 'end', at: 0 },
  },
  {
    name: 'a length of 2^53 as a number',
    command: 'walk',
    in: '{"control":"00000000000020000100000001000000"}',
    out: { headers: [{ offset: 0, len: 2 ** 53, level: 1, type: 1 }], end: 'end', at: 0 },
  },
  { name: 'no control', command: 'walk', in: '{}', out: /control/ },
  { name: 'control of a number', command: 'walk', in: '{"control":5}', out: /control/ },
  { name: 'odd hex', command: 'walk', in: '{"control":"0"}', out: /control.*even/ },
  { name: 'no hex', command: 'walk', in: '{"control":"zz"}', out: /control.*hexadecimal/ },
  {
    name: 'controllen too large',
    command: 'walk',
    in: '{"control":"00","controllen":2}',
    out: /controllen.*the 1 bytes/,
  },
  { name: 'controllen negative', command: 'walk', in: '{"control":"00","controllen":-1}', out: /controllen/ },
  { name: 'controllen null', command: 'walk', in: '{"control":"00","controllen":null}', out: /controllen/ },
  { name: 'a blank line', command: 'walk', in: '', out: /JSON/ },
  { name: 'no JSON', command: 'walk', in: 'not json', out: /JSON/ },
  { name: 'a list', command: 'walk', in: '[]', out: /object/ },
  { name: 'null', command: 'walk', in: 'null', out: /object/ },
  {
    name: 'a message',
    command: 'parse',
    in: `{"control":"${RIGHTS}"}`,
    out: { messages: [{ offset: 0, level: 1, type: 1, data: '0300000004000000', fds: [3, 4] }], trailing: 0 },
  },
  {
    name: 'a number beyond 2^53 in a message is a text',
    command: 'parse',
    in: '{"control":"1800000000000000010000003d0000001032547698badcfe"}',
    out: {
      messages: [{ offset: 0, level: 1, type: 61, data: '1032547698badcfe', txtime: '0xfedcba9876543210' }],
      trailing: 0,
    },
  },
  {
    name: 'a number below -2^53 in a message is a text',
    command: 'parse',
    in: '{"control":"2000000000000000010000003f00000000000000000000800700000000000000"}',
    out: {
      messages: [
        {
          offset: 0,
          level: 1,
          type: 63,
          data: '00000000000000800700000000000000',
          timestamp_new: { tv_sec: '-0x8000000000000000', tv_usec: 7 },
        },
      ],
      trailing: 0,
    },
  },
  {
    name: 'such a text is that number again',
    command: 'encode',
    in: '{"messages":[{"txtime":"0xfedcba9876543210"}]}',
    out: { control: '1800000000000000010000003d0000001032547698badcfe', offsets: [0] },
  },
  { name: 'an empty buffer', command: 'parse', in: '{"control":""}', out: { messages: [], trailing: 0 } },
  { name: 'no control', command: 'parse', in: '{}', out: /control/ },
];

/** Names that nobody knows are refused, wherever they stand: what is silently ignored is never what was meant. */
for (const [command, line, err] of [
  ['encode', '{"messages":[],"bogus":1}', /'bogus'.*messages, fill, tight/],
  ['encode', '{"messages":[],"fil":1}', /'fil'; did you mean 'fill'/],
  ['encode', '{"messages":[],"Tight":true}', /did you mean 'tight'/],
  ['encode', '{"messages":[],"toString":1}', /'toString'/],
  ['encode', '{"messages":[],"__proto__":1}', /'__proto__'/],
  ['encode', '{"messages":[{"level":1,"type":1,"data":"","bogus":0}]}', /messages\[0\].*'bogus'/],
  ['encode', '{"messages":[{"fds":[1]},{"fds":[3],"fbs":[4]}]}', /messages\[1\].*'fbs'; did you mean 'fds'/],
  [
    'encode',
    '{"messages":[{"credentials":{"pid":1,"uid":0,"gid":0,"pidd":2}}]}',
    /credentials.*'pidd'; did you mean 'pid'/,
  ],
  ['walk', '{"control":"00","extra":1}', /'extra'.*control, controllen/],
  ['walk', '{"control":"00","controlLength":1}', /'controlLength'; did you mean 'controllen'/],
  ['parse', '{"control":"00","extra":1}', /'extra'.*control/],
  ['parse', '{"control":"00","controllen":1}', /'controllen'; did you mean 'control'/],
] as const) {
  lines.push({ name: `an unknown name in ${line}`, command, in: line, out: err });
}

const answers = new Map<string, Promise<Json[]>>();

for (const command of ['encode', 'walk', 'parse'] as const) {
  const rows = lines.filter((row) => row.command === command);
  rows.forEach(({ name, in: line, out }, i) => {
    t.test(`${command}: ${name}`, async () => {
      // All rows of a command are the lines of one run: each must be answered in its place.
      if (!answers.has(command)) answers.set(command, ask(command, `${rows.map((row) => row.in).join('\n')}\n`));
      const all = (await answers.get(command)) as Json[];
      assert.is(all.length, rows.length);
      const answer = all[i] as Json;
      if (!(out instanceof RegExp)) return assert.equal(answer, out, line);
      assert.equal(Object.keys(answer), ['error'], line);
      assert.match(`${answer.error}`, out);
    });
  });
}

for (const command of ['walk', 'parse'] as const) {
  t.test(`${command} takes an answer of encode as it is`, async () => {
    const [encoded] = await ask('encode', '{"messages":[{"fds":[3,4]}]}\n');
    const [answer] = await ask(command, `${JSON.stringify(encoded)}\n`);
    assert.not.ok('error' in (answer as Json), JSON.stringify(answer));
  });
}

t.run();
