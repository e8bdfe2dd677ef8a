/** The bytes of docs/handoff-protocol.md: what is written, what is read, and that nothing hostile is taken for a record. */
import * as assert from 'uvu/assert';
import { AncillaryError } from '../../host/errors/error.js';
import { refusalOf } from '../../host/handoff/errors.js';
import {
  decodeConfirm,
  decodeCounts,
  decodeRefuse,
  encodeAlive,
  encodeConfirm,
  encodeCounts,
  encodeRefuse,
} from '../../host/handoff/wire/answers.js';
import { cutPayload, decodeBatch, encodeBatch, type Item } from '../../host/handoff/wire/batch.js';
import { DONE, GOODBYE, OFFERER, TAKER, UNKNOWN } from '../../host/handoff/wire/constants.js';
import { decodeHello, encodeHello } from '../../host/handoff/wire/hello.js';
import { readHeader } from '../../host/handoff/wire/record.js';
import { encodeReason } from '../../host/handoff/wire/text.js';
import { random, seed } from '../support/random.js';
import { type Case, suite } from '../support/suite.js';

const t = suite('handoff-wire');

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const text = (value: string) => new TextEncoder().encode(value);

const CONNECTION: Item = {
  id: 2,
  kind: 3,
  flags: 7,
  domain: 10,
  type: 1,
  nameLength: 2,
  unreadLength: 3,
  stateLength: 4,
};
const STATE: Item = { id: 1, kind: 1, flags: 2, domain: 0, type: 0, nameLength: 0, unreadLength: 0, stateLength: 1 };

const NOTHING: Item = { ...STATE, flags: 0, stateLength: 0 };
/** The payload of one item that makes the longest record. */
const LONGEST = 65536 - 20 - 24;

const HELLO_OF_TAKER = `0100 0000 00000000 48444f46 0100 0200 00000000 01000000 00000100 00000004 ffffffff fd000000`;
const TWO_ITEMS = `
  0200 0000 05000000 02000000 09000000 0a000000
  01000000 0100 0200 0000 0000 00000000 00000000 01000000
  02000000 0300 0700 0a00 0100 02000000 03000000 04000000
  99 6e6d 616263 7b7d2020`;

t.table(
  [
    {
      name: 'HELLO of a taker is written as the page says',
      in: () => encodeHello({ role: TAKER }),
      out: HELLO_OF_TAKER,
    },
    {
      name: 'HELLO of an offerer carries each of its numbers',
      in: () =>
        encodeHello({
          role: OFFERER,
          version: 2,
          required: 3,
          offered: 4,
          recordMost: 5,
          payloadMost: 6,
          total: 7,
          descriptorsMost: 8,
        }),
      out: '0100 0000 00000000 48444f46 0200 0100 03000000 04000000 05000000 06000000 07000000 08000000',
    },
    {
      name: 'a batch is written as the page says',
      in: () => encodeBatch(5, 9, [STATE, CONNECTION], 10, [bytes('99'), text('nm'), text('abc'), text('{}  ')]),
      out: TWO_ITEMS,
    },
    {
      name: 'a batch whose payload is apart says so, and has none',
      in: () => encodeBatch(1, UNKNOWN, [STATE], 1, undefined),
      out: '0200 0100 01000000 01000000 ffffffff 01000000 01000000 0100 0200 0000 0000 00000000 00000000 01000000',
    },
    {
      name: 'a confirmation has bit i of byte i / 8 for item i, and the reason behind them',
      in: () => encodeConfirm(3, [true, false, true, true, false, false, false, false, false, true], 'no'),
      out: `0300 0000 03000000 0d02 ${'00'.repeat(30)} 6e6f`,
    },
    {
      name: 'REFUSE has its code and its reason',
      in: () => encodeRefuse({ code: 6, text: 'no' }),
      out: '0400 0000 00000000 06000000 6e6f',
    },
    { name: 'ALIVE is a header', in: encodeAlive, out: '0500 0000 00000000' },
    {
      name: 'DONE has its counts',
      in: () => encodeCounts(DONE, { moved: 1, kept: 258 }),
      out: '0600 0000 00000000 01000000 02010000',
    },
    {
      name: 'GOODBYE has its counts',
      in: () => encodeCounts(GOODBYE, { moved: 1, kept: 258 }),
      out: '0700 0000 00000000 01000000 02010000',
    },
  ].map(({ out, ...rest }) => ({ ...rest, out: out.replaceAll(/\s/g, '') })),
  (make) => hex(make()),
);

t.table<() => unknown, unknown>(
  [
    {
      name: 'HELLO is read as it was written',
      in: () => decodeHello(bytes(HELLO_OF_TAKER), TAKER),
      out: {
        version: 1,
        role: 2,
        required: 0,
        offered: 1,
        recordMost: 65536,
        payloadMost: 64 * 1024 * 1024,
        total: UNKNOWN,
        descriptorsMost: 253,
      },
    },
    {
      name: 'of a later version of HELLO what is behind these bytes is passed over',
      in: () => decodeHello(bytes(`${HELLO_OF_TAKER.replace('46 0100', '46 0200')} ffff`), TAKER).version,
      out: 2,
    },
    {
      name: 'bounds in HELLO that cannot be meant are brought within those of the page',
      in: () => {
        const small = encodeHello({ role: TAKER, recordMost: 0, descriptorsMost: 0 });
        const large = encodeHello({ role: TAKER, recordMost: UNKNOWN, descriptorsMost: UNKNOWN });
        return [small, large].map((each) => decodeHello(each, TAKER)).map((h) => [h.recordMost, h.descriptorsMost]);
      },
      out: [
        [4096, 2],
        [65536, 253],
      ],
    },
    {
      name: 'a batch is read as it was written, and its payload cut into its parts',
      in: () => {
        const { items, payload, ...head } = decodeBatch(bytes(TWO_ITEMS));
        return {
          ...head,
          items,
          parts: cutPayload(items, payload).map((p) => ({
            ...p,
            unread: hex(p.unread),
            state: p.state && hex(p.state),
          })),
        };
      },
      out: {
        number: 5,
        isApart: false,
        total: 9,
        items: [STATE, CONNECTION],
        descriptors: 1,
        payloadLength: 10,
        parts: [
          { name: '', unread: '', state: '99' },
          { name: 'nm', unread: '616263', state: '7b7d2020' },
        ],
      },
    },
    {
      name: 'a state of no bytes is a state, and told from none',
      in: () =>
        [2, 0].map(
          (flags) => cutPayload([{ ...STATE, flags, stateLength: 0 }], new Uint8Array(0))[0]?.state?.byteLength,
        ),
      out: [0, undefined],
    },
    {
      name: 'the memfd counts among the descriptors',
      in: () => decodeBatch(encodeBatch(1, 0, [CONNECTION], 9, undefined)).descriptors,
      out: 2,
    },
    {
      name: 'a confirmation is read as it was written',
      in: () => decodeConfirm(encodeConfirm(7, [true, false, true], 'why'), 7, 3),
      out: { number: 7, taken: [true, false, true], reason: 'why' },
    },
    {
      name: 'all 256 items can be confirmed, none of the others with them',
      in: () => {
        const all = Array.from({ length: 256 }, (_, i) => i % 3 === 0);
        return decodeConfirm(encodeConfirm(1, all), 1, 256).taken.join() === all.join();
      },
      out: true,
    },
    {
      name: 'REFUSE is read as it was written',
      in: () => decodeRefuse(encodeRefuse({ code: 3, text: 'nein: ä' })),
      out: { code: 3, text: 'nein: ä' },
    },
    {
      name: 'a reason is cut at the end of a character',
      in: () => new TextDecoder('utf-8', { fatal: true }).decode(encodeReason('ä'.repeat(600), 1023)).length,
      out: 511,
    },
    {
      name: 'the longest reason of the page is read, in a confirmation and in REFUSE',
      in: () => {
        const reason = 'x'.repeat(1024);
        const read = [
          decodeConfirm(encodeConfirm(1, [true], reason), 1, 1).reason,
          decodeRefuse(encodeRefuse({ code: 1, text: reason })).text,
        ];
        return read.map((each) => each === reason);
      },
      out: [true, true],
    },
    {
      name: 'flags of a later version are passed over in HELLO and in REFUSE',
      in: () => [
        decodeHello(changed(HELLO_OF_TAKER, 2, 'ffff'), TAKER).version,
        decodeRefuse(bytes('0400 ffff 00000000 03000000')).code,
      ],
      out: [1, 3],
    },
    {
      name: 'HELLO of a later version is read up to 4,096 bytes',
      in: () => decodeHello(new Uint8Array(Buffer.concat([bytes(HELLO_OF_TAKER)], 4096)), TAKER).version,
      out: 1,
    },
    {
      name: 'a batch of the most items, of the longest name, and of the longest record is read',
      in: () => {
        const most = Array.from({ length: 256 }, (_, i) => ({ ...NOTHING, id: i + 1 }));
        const named = { ...NOTHING, nameLength: 255 };
        const long = { ...NOTHING, unreadLength: LONGEST };
        return [
          decodeBatch(encodeBatch(1, 0, most, 0, [])).items.length,
          decodeBatch(encodeBatch(1, 0, [named], 255, [new Uint8Array(255)])).items[0]?.nameLength,
          decodeBatch(encodeBatch(1, 0, [long], LONGEST, [new Uint8Array(LONGEST)])).payloadLength,
        ];
      },
      out: [256, 255, LONGEST],
    },
    {
      name: 'no character is taken from the beginning of a name or of a reason, not even a byte order mark',
      in: () => {
        const name = text('\ufeffa');
        return [
          cutPayload([{ ...NOTHING, nameLength: name.byteLength }], name)[0]?.name,
          decodeRefuse(encodeRefuse({ code: 1, text: '\ufeffa' })).text,
        ];
      },
      out: ['\ufeffa', '\ufeffa'],
    },
    {
      name: 'counts are read as they were written',
      in: () => decodeCounts(encodeCounts(DONE, { moved: 5, kept: 6 }), DONE),
      out: { moved: 5, kept: 6 },
    },
  ],
  (make) => make(),
);

/** A record with some of its bytes replaced. */
function changed(record: string, at: number, replacement: string): Uint8Array {
  const all = bytes(record);
  all.set(bytes(replacement), at);
  return all;
}

t.table(
  [
    ['ERR_UNSUPPORTED', 2],
    ['ERR_PEER', 3],
    ['ERR_PROTOCOL', 4],
    ['ERR_TRUNCATED', 5],
    ['ERR_TOO_LARGE', 5],
    ['EMFILE', 5],
    ['ENFILE', 5],
    ['ERR_REFUSED', 6],
    ['EIO', 6],
    ['ABORT_ERR', 7],
    ['ETIMEDOUT', 8],
    ['ERR_BUSY', 9],
  ].map(([code, out]) => ({
    name: `the other side is told of ${code} as reason ${out} of the page`,
    in: `${code}`,
    out,
  })),
  (code) => refusalOf(new AncillaryError(code, 'why')).code,
);

const hostile: Case<() => unknown, unknown>[] = [
  { name: 'a record of seven bytes has no header', in: () => readHeader(new Uint8Array(7)), err: /7 bytes/ },
  {
    name: 'another record where HELLO is due',
    in: () => decodeHello(encodeAlive(), TAKER),
    err: /ALIVE came, where HELLO/,
  },
  { name: 'HELLO that is cut', in: () => decodeHello(bytes(HELLO_OF_TAKER).subarray(0, 39), TAKER), err: /39 bytes/ },
  { name: 'another magic', in: () => decodeHello(changed(HELLO_OF_TAKER, 8, '49'), TAKER), err: /another protocol/ },
  {
    name: 'two takers',
    in: () => decodeHello(bytes(HELLO_OF_TAKER), OFFERER),
    err: /one that takes over is at the other/,
  },
  { name: 'a role that is none', in: () => decodeHello(changed(HELLO_OF_TAKER, 14, '09'), TAKER), err: /role 9/ },
  { name: 'version 0', in: () => decodeHello(changed(HELLO_OF_TAKER, 12, '00'), TAKER), err: /version 0 of/ },
  {
    name: 'an offerer that goes on with a later version',
    in: () => decodeHello(encodeHello({ role: OFFERER, version: 2 }), OFFERER),
    err: /version 2 of/,
  },
  {
    name: 'a capability that is required and not known',
    in: () => decodeHello(encodeHello({ role: TAKER, required: 0x80000001 }), TAKER),
    err: /capabilities 0x80000000/,
  },
  {
    name: 'a batch of 257 items',
    in: () => decodeBatch(changed(TWO_ITEMS, 8, '01010000')),
    err: /257 items, where 256 are/,
  },
  {
    name: 'a batch that is longer than the longest record',
    in: () =>
      decodeBatch(
        encodeBatch(1, 0, [{ ...NOTHING, unreadLength: LONGEST + 1 }], LONGEST + 1, [new Uint8Array(LONGEST + 1)]),
      ),
    err: /65537 bytes/,
  },
  {
    name: 'HELLO of 4,097 bytes',
    in: () => decodeHello(new Uint8Array(Buffer.concat([bytes(HELLO_OF_TAKER)], 4097)), TAKER),
    err: /4097 bytes/,
  },
  {
    name: 'more items than there are bytes',
    in: () => decodeBatch(changed(TWO_ITEMS, 8, '03000000')),
    err: /3 items in/,
  },
  {
    name: 'fewer items than there are bytes',
    in: () => decodeBatch(changed(TWO_ITEMS, 8, '01000000')),
    err: /behind its items/,
  },
  {
    name: 'a payload that is longer than its batch',
    in: () => decodeBatch(changed(TWO_ITEMS, 16, '0b000000')),
    err: /10 bytes behind its items, where it says 11/,
  },
  {
    name: 'a payload that is there and said to be apart',
    in: () => decodeBatch(changed(TWO_ITEMS, 2, '01')),
    err: /10 bytes behind its items, where it says 0/,
  },
  {
    name: 'lengths that do not add up',
    in: () => decodeBatch(changed(TWO_ITEMS, 40, '02000000')),
    err: /11 bytes of payload, and whose head says 10/,
  },
  {
    name: 'lengths that would wrap around in 32 bits',
    in: () => decodeBatch(changed(TWO_ITEMS, 60, 'ffffffff 07000000')),
    err: /4294967312 bytes|bytes of payload/,
  },
  { name: 'a name of 256 bytes', in: () => decodeBatch(changed(TWO_ITEMS, 56, '00010000')), err: /name of 256/ },
  { name: 'flags of a batch', in: () => decodeBatch(changed(TWO_ITEMS, 2, '02')), err: /flags 0x2/ },
  { name: 'flags of an item', in: () => decodeBatch(changed(TWO_ITEMS, 26, '0a')), err: /flags 0xa/ },
  {
    name: 'a state that the flags do not say',
    in: () => decodeBatch(changed(TWO_ITEMS, 26, '00')),
    err: /a state that its flags do not say/,
  },
  { name: 'a name that is no UTF-8', in: () => cutPayload([CONNECTION], text('\0\0').fill(0xff)), err: /no UTF-8/ },
  {
    name: 'a confirmation of another batch',
    in: () => decodeConfirm(encodeConfirm(2, [true]), 1, 1),
    err: /batch 2 was confirmed, where 1/,
  },
  {
    name: 'a confirmation of an item too many',
    in: () => decodeConfirm(encodeConfirm(1, [true, true]), 1, 1),
    err: /item 1 of a batch of 1/,
  },
  {
    name: 'a confirmation of the last item that a batch can have',
    in: () => decodeConfirm(encodeConfirm(1, [...new Array(255).fill(false), true]), 1, 255),
    err: /item 255 of a batch of 255/,
  },
  {
    name: 'a confirmation that is cut',
    in: () => decodeConfirm(encodeConfirm(1, [true]).subarray(0, 39), 1, 1),
    err: /39 bytes/,
  },
  {
    name: 'a reason of 1,025 bytes',
    in: () => decodeConfirm(new Uint8Array([3, 0, 0, 0, 1, 0, 0, 0, ...new Uint8Array(1057)]), 1, 1),
    err: /1065 bytes/,
  },
  {
    name: 'REFUSE with a reason of 1,025 bytes',
    in: () => decodeRefuse(new Uint8Array([4, ...new Uint8Array(11 + 1025)])),
    err: /1037 bytes/,
  },
  { name: 'REFUSE without a code', in: () => decodeRefuse(bytes('0400 0000 00000000')), err: /8 bytes/ },
  { name: 'DONE that is longer', in: () => decodeCounts(bytes(`0600 0000 ${'00'.repeat(13)}`), DONE), err: /17 bytes/ },
  {
    name: 'GOODBYE for DONE',
    in: () => decodeCounts(encodeCounts(GOODBYE, { moved: 0, kept: 0 }), DONE),
    err: /GOODBYE came/,
  },
];
t.table(hostile, (decode) => decode());

t.test('whatever the bytes are, reading gives a record within its bounds or one error of ours', () => {
  const { below, bytes: noise, pick } = random(seed());
  const records: Uint8Array[] = [HELLO_OF_TAKER, TWO_ITEMS].map(bytes);
  records.push(
    encodeConfirm(1, [true]),
    encodeRefuse({ code: 1, text: 'x' }),
    encodeCounts(DONE, { moved: 1, kept: 2 }),
  );
  const readers = [
    (record: Uint8Array) => decodeHello(record, TAKER),
    (record: Uint8Array) => {
      const { items, payload, payloadLength, isApart } = decodeBatch(record);
      assert.ok(items.length <= 256 && payload.byteLength <= record.byteLength);
      if (isApart) return;
      const parts = cutPayload(items, payload);
      const size = parts.reduce(
        (sum, each, i) => sum + (items[i]?.nameLength ?? 0) + each.unread.byteLength + (each.state?.byteLength ?? 0),
        0,
      );
      assert.is(size, payloadLength);
    },
    (record: Uint8Array) => decodeConfirm(record, 1, 1),
    decodeRefuse,
    (record: Uint8Array) => decodeCounts(record, DONE),
  ];
  for (let i = 0; i < 20_000; i++) {
    const record = Uint8Array.from(pick(records)).subarray(0, below(8) ? undefined : below(80));
    for (let n = below(6); n > 0 && record.length > 0; n--) record.set(noise(1), below(record.length));
    if (below(4) === 0 && record.length > 20)
      new DataView(record.buffer).setUint32(8 + 4 * below(3), pick([0, 255, 256, UNKNOWN]), true);
    for (const read of readers) {
      try {
        read(record);
      } catch (error) {
        assert.instance(error, AncillaryError, String((error as Error).stack));
        assert.ok(['ERR_PROTOCOL', 'ERR_UNSUPPORTED'].includes((error as AncillaryError).code));
      }
    }
  }
});

t.run();
