/** What oracles compare, and how what they said becomes a table: a difference is never lost, a text never a proof. */
import * as assert from 'uvu/assert';
import { drawCheck } from '../../host/cli/check-table.js';
import type { Struct } from '../../host/model/layout.js';
import { type Asking, Difference, type Oracle, type Verdict, verdictOf } from '../../host/oracle/answer.js';
import { askAll } from '../../host/oracle/ask-all.js';
import { compareStruct, type SaidStruct } from '../../host/oracle/compare.js';
import { compareFacts, factsOf } from '../../host/oracle/compiler/facts.js';
import { verdictOn } from '../../host/oracle/strace/ask.js';
import { readCall } from '../../host/oracle/strace/read.js';
import { vectorsOracle } from '../../host/oracle/vectors/ask.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';

const t = suite('oracle');

/** As musl has it over the kernel's: a narrower member, and padding where the rest of the kernel's is. */
const ROW: Struct = {
  size: 16,
  align: 8,
  fields: { length: { offset: 0, size: 4 }, next: { offset: 8, size: 8 } },
  pads: [{ offset: 4, size: 4 }],
};
const same: SaidStruct = { size: 16, align: 8, fields: ROW.fields };
const wide: SaidStruct = { size: 16, fields: { ...ROW.fields, length: { offset: 0, size: 8 } } };
const narrow = (more: SaidStruct['fields']): SaidStruct => ({
  size: 16,
  fields: { ...ROW.fields, length: { offset: 0, size: 2 }, ...more },
});
const bitfield = { offset: 0, size: 4, bitfield: { bit: 0, bits: 3 } };

t.table(
  [
    { name: 'the same', in: [same, false], out: 6 },
    {
      name: 'more members than the row knows',
      in: [{ ...same, fields: { ...ROW.fields, more: { offset: 12, size: 4 } } }, false],
      out: 6,
    },
    { name: 'another size', in: [{ ...same, size: 24 }, false], err: /^sizeof\(struct it\) is 24, the row says 16$/ },
    { name: 'another alignment', in: [{ ...same, align: 4 }, false], err: /_Alignof\(struct it\) is 4/ },
    {
      name: 'another offset',
      in: [{ ...same, fields: { ...ROW.fields, next: { offset: 4, size: 8 } } }, false],
      err: /^offset of it\.next is 4, the row says 8$/,
    },
    { name: 'a wider member', in: [wide, false], err: /^size of it\.length is 8, the row says 4$/ },
    { name: 'a wider member, of which the row pads the rest', in: [wide, true], out: 3 },
    {
      name: 'a wider member, in which the row has another',
      in: [{ size: 16, fields: { length: { offset: 0, size: 16 }, next: { offset: 8, size: 8 } } }, true],
      err: /size of it\.length is 16/,
    },
    {
      name: 'a narrower member, behind which the oracle pads',
      in: [narrow({ __pad1: { offset: 2, size: 2 } }), true],
      out: 3,
    },
    {
      name: 'a narrower member, behind which the oracle has another',
      in: [narrow({ more: { offset: 2, size: 2 } }), true],
      err: /^size of it\.length is 2, the row says 4$/,
    },
    {
      name: 'a member that only touches the row’s',
      in: [{ size: 16, fields: { ...ROW.fields, length: { offset: 2, size: 4 } } }, true],
      err: /^offset of it\.length is 2/,
    },
    {
      name: 'a missing member',
      in: [{ size: 16, fields: { length: { offset: 0, size: 4 } } }, false],
      err: /^it\.next: there is no such member$/,
    },
    {
      name: 'a bitfield',
      in: [{ size: 16, fields: { ...ROW.fields, length: bitfield } }, true],
      err: /bitfield of 3 bits/,
    },
  ] as { name: string; in: [SaidStruct, boolean]; out: number }[],
  ([said, within]) => {
    let facts = 0;
    compareStruct('it', ROW, said, () => facts++, within);
    return facts;
  },
);

const FACTS = factsOf(new Map([['it', ROW]]), undefined, new Map([['MINUS', -(2 ** 31)]]));
const valuesOf = (change: Record<string, bigint | undefined> = {}) =>
  new Map(
    FACTS.map(({ expression, value }, i): [number, bigint | undefined] => [
      i,
      expression in change ? change[expression] : BigInt.asUintN(64, BigInt(value)),
    ]).filter((entry): entry is [number, bigint] => entry[1] !== undefined),
  );
const every = (value: undefined) => Object.fromEntries(FACTS.map(({ expression }) => [expression, value]));

t.table(
  [
    { name: 'all that a row says', in: valuesOf(), out: [] },
    { name: 'a constant that headers write unsigned', in: valuesOf({ MINUS: 2n ** 31n }), out: [] },
    { name: 'a constant that is another', in: valuesOf({ MINUS: 5n }), err: /^MINUS is 5, the row says -2147483648$/ },
    { name: 'a size that is another', in: valuesOf({ 'sizeof(struct it)': 12n }), err: /^sizeof\(struct it\) is 12/ },
    {
      name: 'a size that is the same modulo 2^32',
      in: valuesOf({ 'sizeof(struct it)': 2n ** 32n + 16n }),
      err: /4294967312/,
    },
    {
      name: 'a member that headers do not have',
      in: valuesOf({ 'offsetof(struct it, next)': undefined, 'sizeof(((struct it *)0)->next)': undefined }),
      out: ['struct it, next'],
    },
    { name: 'nothing at all', in: valuesOf(every(undefined)), err: /know nothing/ },
  ] as { name: string; in: Map<number, bigint>; out: string[] }[],
  (values) => [...compareFacts(FACTS, values, () => undefined)],
);

const LINE =
  'sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="7", iov_len=1}], msg_iovlen=1, msg_control=[@], ' +
  'msg_controllen=24, msg_flags=0}, MSG_NOSIGNAL) = -1 EINVAL (Invalid argument)';
const call = (messages: string) => readCall(LINE.replace('@', messages));

t.table(
  [
    { name: 'another line', in: '+++ exited with 0 +++', out: undefined },
    {
      name: 'one message',
      in: '{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3, 4]}',
      out: [{ length: 20, level: 'SOL_SOCKET', type: 'SCM_RIGHTS', data: '[3, 4]' }],
    },
    {
      name: 'a kind that is not decoded',
      in: '{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=0x4 /* SCM_??? */}',
      out: [{ length: 20, level: 'SOL_SOCKET', type: '0x4', data: undefined }],
    },
    {
      name: 'brackets and commas in texts and addresses',
      in: '{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_SECURITY, cmsg_data="a}, {\\"b"}, {cmsg_len=16, cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data={a=inet_addr("1"), b=[2, 3]}}',
      out: [
        { length: 20, level: 'SOL_SOCKET', type: 'SCM_SECURITY', data: '"a}, {\\"b"' },
        { length: 16, level: 'SOL_IP', type: 'IP_TTL', data: '{a=inet_addr("1"), b=[2, 3]}' },
      ],
    },
    { name: 'what is no message', in: '0x7ffe', out: undefined },
  ] as { name: string; in: string; out: unknown }[],
  (text) => (text.startsWith('+++') ? readCall(text) : call(text)?.messages),
);

const RIGHTS = { message: {}, level: 'SOL_SOCKET', types: ['SCM_RIGHTS'], data: '[3, 4]' };
const sends = [{ control: '00'.repeat(24), meanings: [RIGHTS] }];
const rightsOf = (text: string) => verdictOn(sends, [call(text)], ['SCM_LATER']);
const decoded = (type: string, data: string, level = 'SOL_SOCKET') =>
  `{cmsg_len=24, cmsg_level=${level}, cmsg_type=${type}${data}}`;

t.table(
  [
    { name: 'strace says what was meant', in: decoded('SCM_RIGHTS', ', cmsg_data=[3, 4]'), out: 'agrees' },
    { name: 'strace does not know the kind', in: decoded('0x1 /* SCM_??? */', ''), out: 'agrees, does not decode' },
    { name: 'strace reads other numbers', in: decoded('SCM_RIGHTS', ', cmsg_data=[3, 5]'), out: 'differs' },
    { name: 'strace reads another kind', in: decoded('SCM_CREDENTIALS', ', cmsg_data=[3, 4]'), out: 'differs' },
    { name: 'strace reads another level', in: decoded('SCM_RIGHTS', ', cmsg_data=[3, 4]', 'SOL_IP'), out: 'differs' },
    {
      name: 'strace reads more messages',
      in: `${decoded('SCM_RIGHTS', ', cmsg_data=[3, 4]')}, ${decoded('0x2', '')}`,
      out: 'differs',
    },
    { name: 'strace reads none', in: '', out: 'differs' },
    { name: 'strace gives up', in: '...', out: 'differs' },
  ],
  (text) => {
    const verdict = rightsOf(text);
    const notes = verdict.state === 'agrees' ? (verdict.notes ?? []).join() : '';
    if (verdict.state === 'agrees') assert.match(notes, /no row has a payload for SCM_LATER$/);
    return verdict.state + (notes.includes('does not decode SCM_RIGHTS') ? ', does not decode' : '');
  },
);

const oracle = (name: string, verdicts: Record<string, Verdict>): Oracle => ({
  name,
  summary: '',
  scope: 'not mine',
  ask({ subjects }, tell) {
    for (const subject of subjects) if (verdicts[subject.id]) tell(subject, verdicts[subject.id] as Verdict);
  },
});
const ROWS = ['both', 'one', 'text', 'none', 'cross'].map((id) => ({ kind: 'abi' as const, id }));
const asking = { subjects: ROWS, atEnd: () => () => undefined, progress: () => undefined } as unknown as Asking;
const agrees: Verdict = { state: 'agrees', facts: 1 };
const differs: Verdict = { state: 'differs', facts: 1, difference: 'it is \u001b[31m red' };
const text: Verdict = { state: 'document', facts: 1, note: 'retyped' };
const LEFT = oracle('left', { both: agrees, one: agrees, text, cross: agrees });
const RIGHT = oracle('right', { both: agrees, text, cross: differs });

t.test('a row is proven by what was executed, refuted by one difference, and else a document', async () => {
  const rows = await askAll([LEFT, RIGHT], asking);
  assert.equal(
    rows.map(({ id, proof }) => `${id} ${proof}`),
    ['both agrees', 'one agrees', 'text document', 'none document', 'cross differs'],
  );
  assert.equal(rows[1]?.answers.right, { state: 'not run', reason: 'not mine' });
});

t.test('the table has a mark in every place, and below it why', async () => {
  const rows = await askAll([LEFT, RIGHT], asking);
  const lines = drawCheck(rows, ['left', 'right'], (mark, state) => (state === 'differs' ? `<${mark}>` : mark));
  assert.equal(lines, [
    '       left      right     row',
    'both   ✓         ✓         ✓',
    'one    ✓         -         ✓',
    'text   document  document  document',
    'none   -         -         document',
    'cross  ✓         <✗>         <✗>',
    '',
    'Differences:',
    '  right, cross: it is \\u001b[31m red',
    '',
    'Not run (-):',
    '  left, none: not mine',
    '  right, one, none: not mine',
    '',
    'Notes:',
    '  left, text: retyped',
    '  right, text: retyped',
  ]);
});

t.test('what goes wrong in an oracle itself is not taken for a verdict', () => {
  const broken = () => {
    throw new Error('broken');
  };
  assert.throws(() => verdictOf(broken), /^broken$/);
  const verdict = verdictOf((count) => {
    count();
    throw new Difference('it is otherwise');
  });
  assert.equal(verdict, { state: 'differs', facts: 1, difference: 'it is otherwise' });
});

t.test('where there are no vectors, as in the npm package, each row says so', async () => {
  const told: Verdict[] = [];
  const without = { ...asking, codec: codecInstance(), vectors: '/nowhere' };
  await vectorsOracle.ask(without, (_, verdict) => told.push(verdict));
  assert.is(told.length, ROWS.length);
  for (const verdict of told) assert.match((verdict as { reason: string }).reason, /not part of the npm package/);
});

t.run();
