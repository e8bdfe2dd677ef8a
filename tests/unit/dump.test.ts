/** Dumps: what tools print of bytes is read back, and what cannot be read is refused with its place. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { AncillaryError } from '../../host/errors/error.js';
import { type DumpFormat, FORMATS } from '../../host/model/dump/formats.js';
import { readDump } from '../../host/model/dump/read.js';
import { hexOfBytes } from '../../host/model/hex.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { asDump, DUMPERS } from '../support/dumps.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('dump');
const codec = codecInstance();
const LITTLE = 'x86_64-glibc';
const BIG = 'powerpc-glibc';

const hexOf = (text: string, format: DumpFormat | 'auto' = 'auto', abi = LITTLE) =>
  hexOfBytes(readDump(codec, abi, text, format).bytes);

interface Vectors {
  samples: Record<string, string>;
  dumps: { command: string; sample: string; format: DumpFormat; lastNul?: false; text: string }[];
}
const { samples, dumps } = JSON.parse(readFileSync('tests/vectors/dumps.json', 'utf8')) as Vectors;

for (const { command, sample, format, lastNul, text } of dumps) {
  t.test(`${sample} by '${command}'`, () => {
    const expected = `${samples[sample]}`.replace(lastNul === false ? /00$/ : '', '');
    for (const as of [format, 'auto'] as const) {
      for (const each of [text, text.replaceAll('\n', '\r\n'), `\ufeff\n${text}\n\n`]) {
        const dump = readDump(codec, LITTLE, each, as);
        assert.is(hexOfBytes(dump.bytes), expected, `${dump.format}: ${dump.reading}`);
        assert.is(dump.format, format);
      }
    }
  });
}

/** Text, and the format that it is taken for with the bytes. */
t.table<string, [DumpFormat, string]>(
  [
    { name: 'digits with any blanks', in: ' 1400\t0000\n00000000 01', out: ['hex', '140000000000000001'] },
    { name: 'upper case', in: 'DE AD be EF', out: ['hex', 'deadbeef'] },
    { name: 'one run of digits broken amid a byte', in: '140\n000\n0001\n01', out: ['hex', '140000000101'] },
    { name: '0x before each byte, without commas', in: '0x14 0x0 0x00', out: ['hex', '140000'] },
    { name: '0x before all', in: '0x140000000000000001000000', out: ['hex', '140000000000000001000000'] },
    { name: 'colons', in: '14:00:ff', out: ['hex', '1400ff'] },
    { name: 'commas between digits that are no numbers', in: '14, 00, ff', out: ['hex', '1400ff'] },
    { name: 'commas between digits in groups', in: '1400 0000, 0100', out: ['hex', '140000000100'] },
    { name: 'commas between numbers', in: '20, 0, 0, 255', out: ['c', '140000ff'] },
    { name: 'a Buffer of Node', in: '<Buffer 14 00>', out: ['hex', '1400'] },
    { name: 'an empty Buffer', in: 'b""', out: ['c', ''] },
    { name: 'escapes in octal', in: String.raw`\24\0\0\1`, out: ['c', '14000001'] },
    { name: 'escapes in hexadecimal', in: String.raw`\x14\x00\xff`, out: ['c', '1400ff'] },
    { name: 'escapes by letters', in: String.raw`"\n\t\r\a\b\f\v\\\"\'\?"`, out: ['c', '0a090d07080c0b5c22273f'] },
    { name: 'strings that C joins', in: String.raw`"\x14" "4" "\0"`, out: ['c', '143400'] },
    { name: 'two digits of Python, and a character', in: String.raw`b'\x0f}\x004'`, out: ['c', '0f7d0034'] },
    { name: 'octal numbers of C', in: '{ 024, 0, 0xff }', out: ['c', '1400ff'] },
    { name: 'negative numbers, as char is signed', in: '{ -1, -128, 127 }', out: ['c', 'ff807f'] },
    { name: 'characters of C', in: String.raw`{ 'A', '\0', '\x14', '\'' }`, out: ['c', '41001427'] },
    { name: 'comments', in: '{ 1, /* "two" */ 2, // 3\n 4 }', out: ['c', '010204'] },
    { name: 'suffixes', in: '{ 1u, 2UL, 0x3U }', out: ['c', '010203'] },
    { name: 'a declaration with its size', in: 'static const uint8_t x[2] = {1, 2};', out: ['c', '0102'] },
    { name: 'a list of JavaScript', in: 'const x = new Uint8Array([1, 2]);', out: ['c', '0102'] },
    { name: 'a list of JSON', in: '[1,2,255]', out: ['c', '0102ff'] },
    { name: 'print/c of gdb', in: String.raw`$1 = {20 '\024', 0 '\000' <repeats 3 times>}`, out: ['gdb', '14000000'] },
    { name: 'lldb', in: '0x7ffe: 0x14 0x00\n0x8000: 0x01', out: ['gdb', '140001'] },
    { name: 'memory read of lldb', in: '0x16fdff3a0: 14 00 00 00  ....', out: ['xxd', '14000000'] },
    { name: 'a session of gdb', in: '(gdb) x/2xb buf\n0x1 <b>:\t0x14\t0x00\n(gdb) ', out: ['gdb', '1400'] },
    { name: 'a name of C++ in gdb', in: '0x10 <f<int>(x::y)+8>:\t0x14\t0x00', out: ['gdb', '1400'] },
    { name: 'words of gdb without addresses', in: '0x00000014 0x00000001', out: ['gdb', '1400000001000000'] },
    { name: 'tcpdump -x', in: '\t0x0000:  1400 0000 0001\n', out: ['xxd', '140000000001'] },
    { name: 'tcpdump -X', in: '\t0x0000:  1400 3132  ..12\n\t0x0004:  3132  12\n', out: ['xxd', '140031323132'] },
    { name: 'Wireshark', in: '0000   14 00 00 61   ...a\n0004   62 63   bc\n', out: ['xxd', '140000616263'] },
    { name: 'a gap in the middle of a line', in: '00000000: 14 00  01 00  ....', out: ['xxd', '14000100'] },
    {
      name: 'a gap without characters',
      in: '00000000  14 00 00 00 00 00 00 00  01',
      out: ['xxd', '140000000000000001'],
    },
    { name: 'characters that look like bytes', in: '00000000: 3031  01', out: ['xxd', '3031'] },
    { name: 'characters that look like a byte', in: '00000000: 61 62  ab', out: ['xxd', '6162'] },
    {
      name: 'a last group that xxd -e has turned',
      in: '00000000: 00000014     4100  .....A',
      out: ['xxd', '140000000041'],
    },
    { name: 'what bash quotes', in: "$'\\024\\0a'", out: ['c', '140061'] },
    { name: 'one line of hexdump', in: '00000000  14 00 00 01', out: ['xxd', '14000001'] },
    { name: 'one line of od from amid a dump', in: '0000020 14 00 00 01', out: ['xxd', '14000001'] },
    { name: 'lines from amid a dump', in: '00000010  14 00\n00000012  01 00', out: ['xxd', '14000100'] },
    { name: 'groups of bytes by their characters', in: '00000000: 14000041  ...A', out: ['xxd', '14000041'] },
    {
      name: 'groups that xxd -e has turned',
      in: '00000000: 41000014 00000000  ...A....',
      out: ['xxd', '1400004100000000'],
    },
    { name: 'groups that read the same either way', in: '00000000: 00000000  ....', out: ['xxd', '00000000'] },
    {
      name: 'lines that * stands for',
      in: '00000000  01 01\n*\n00000006  02\n00000007\n',
      out: ['xxd', '01010101010102'],
    },
    { name: 'base64 without padding', in: 'FAAAAAAAAAABAAAz', out: ['base64', '140000000000000001000033'] },
    {
      name: 'base64 that begins with slashes',
      in: '//////////8BAAAAAQAAAA==',
      out: ['base64', 'ffffffffffffffff0100000001000000'],
    },
    {
      name: 'a string of strace',
      in: String.raw`write(1</dev/null>, "\24\0\x01"..., 3) = 3`.replace('...', ''),
      out: ['strace', '140001'],
    },
  ],
  (text) => {
    const { format, bytes } = readDump(codec, LITTLE, text);
    return [format, hexOfBytes(bytes)];
  },
);

/** Text that is refused, with the place, or with the readings that it might have. */
t.table<string, never>(
  [
    { name: 'nothing', in: '', err: /empty/ },
    { name: 'blanks', in: ' \n\t\ufeff', err: /empty/ },
    { name: 'a letter', in: '14 00\n0g', err: /^line 2, column 2: 'g'/ },
    { name: 'a letter behind a character of two units', in: '"\u{1f600}"', err: /^line 1, column 2: .*ASCII/ },
    { name: 'lines of CRLF', in: '14\r\n00\r\nzz', err: /^line 3, column 1: 'z'/ },
    { name: 'an odd number of digits', in: '14000', err: /'14000'.* odd number/ },
    { name: 'an odd group', in: '14 00 0 00', err: /^line 1, column 7: '0'.* odd/ },
    { name: 'words', in: 'hello, world', err: /column 1: 'h'/ },
    {
      name: 'letters that may be hexadecimal or base64',
      in: 'FAAAAAAAAAABAAAA',
      err: /--format hex or --format base64/,
    },
    { name: 'base64 that lacks its padding', in: 'FAAAAAAAAAABAAAzAA', err: /--format base64/ },
    { name: 'a word that would be base64', in: 'help', err: /column 1: 'h'/ },
    { name: 'what may be decimal', in: '20, 10, 11', err: /--format c or --format hex/ },
    { name: 'an offset or bytes', in: '00000010 1400 0000', err: /--format xxd or --format hex/ },
    { name: 'quoted digits', in: '"14000000"', err: /--format c/ },
    { name: 'groups that may be turned', in: '00000000: 14000000  ....', err: /xxd -e.*--format xxd/ },
    {
      name: 'octal or hexadecimal offsets behind *',
      in: '0000000 0000 0000 0000 0000\n*\n0000100\n',
      err: /hexadecimal or octal.*-v/,
    },
    { name: '* at the end', in: '00000000  01 01\n*\n', err: /'\*'/ },
    { name: '* at the start', in: '*\n00000000  01 01\n', err: /'\*'/ },
    { name: '* that stands for less than a line', in: '00000000  01 01\n*\n00000003  01\n', err: /^line 3/ },
    { name: '* for more than there is room', in: '00000000  01 01\n*\nffffff00\n', err: 'ERR_TOO_LARGE' },
    { name: 'a missing line', in: '00000000: 1400\n00000004: 1400', err: /^line 2, column 1: the offset 00000004/ },
    { name: 'a line twice', in: '00000000: 1400\n00000000: 1400', err: /^line 2/ },
    { name: 'two dumps', in: '00000000  14\n00000001\n00000000  14\n', err: /^line 3.*one dump/ },
    { name: 'a line without an offset', in: '00000000: 1400\nhello', err: /^line 2.*offset/ },
    { name: 'groups of two sizes', in: '00000000: 1400 00000000', err: /^line 1, column 16: .*8 digits/ },
    { name: 'od -c', in: '0000000 030  \\0  \\0\n', err: /od -t x1/ },
    { name: 'od -t u1', in: '0000000  24  10  11\n0000003\n', err: /decimal.*od -t x1/ },
    { name: 'od -t d1', in: '000000   24   10   11\n000003\n', err: /decimal.*od -t x1/ },
    { name: 'xxd -b of zeros', in: '00000000: 00000000 00000000  ..\n', err: /./ },
    { name: 'a list of words', in: '{ 0x00000018, 0x00000000 }', err: /column 3: .*two digits/ },
    { name: 'a bare list of words', in: '0x00000018, 0x00000000', err: /column 1: .*two digits/ },
    { name: 'an array of unsigned', in: 'const unsigned x[] = { 1, 2 };', err: /more than one byte/ },
    { name: 'blanks between escapes', in: '\\x14 \\x00', err: /column 5: a blank/ },
    { name: 'od -t d4', in: '0000000    24   0   1\n', err: /./ },
    { name: 'xxd -b', in: '00000000: 00011000 00000000  ..\n00000002: 00000001  .', err: /./ },
    {
      name: 'a missing line of gdb',
      in: '0x10:\t0x14\n0x12:\t0x14',
      err: /^line 2, column 1: the address.* -?1 bytes/,
    },
    { name: 'words of two sizes in gdb', in: '0x10:\t0x14\t0x0014', err: /^line 1, column 12/ },
    { name: 'decimal numbers of gdb', in: '0x10 <b>:\t24\t0', err: /x\/xb/ },
    { name: 'memory that gdb cannot read', in: '0x10:\tCannot access memory at address 0x10', err: /./ },
    { name: 'a sentence with a string in it', in: 'cannot find "abc"', err: /column 13: the words before this string/ },
    { name: 'an array that gdb cut', in: '$1 = {0x1, 0x2...}', err: /'\.\.\.'/ },
    { name: 'a string that gdb cut', in: '$1 = "\\024"...', err: /'\.\.\.'/ },
    { name: 'a Buffer that Node cut', in: '<Buffer 14 00 ... 6 more bytes>', err: /Node has left bytes out/ },
    {
      name: 'a list that Node cut',
      in: 'Uint8Array(3) [\n  1,\n  ... 2 more items\n]',
      err: /^line 3, column 3: '\.\.\.'/,
    },
    { name: 'a string that strace cut', in: 'write(1, "\\24\\0"..., 56) = 56', err: /strace cut.*-s/ },
    { name: 'what C and Python read differently', in: '"\\x144"', err: /"\\x14" "4"/ },
    { name: 'an octal escape beyond a byte', in: '"\\777"', err: /\\777/ },
    { name: 'an escape of no language', in: '"\\q"', err: /column 2.*'q'/ },
    { name: 'an escape of JSON', in: '"\\u0014"', err: /'u'/ },
    { name: 'a string that is not closed', in: '"\\x14', err: /column 1.*closed/ },
    { name: 'a string over two lines', in: '"\\x14\n"', err: /closed/ },
    { name: 'half an escape', in: '"\\', err: /end of the text|closed/ },
    { name: 'a number beyond a byte', in: '{ 1, 256 }', err: /column 6: 256/ },
    { name: 'a number below a byte', in: '{ -129 }', err: /-129/ },
    { name: 'a fraction', in: '{ 1.5 }', err: /'\.'/ },
    { name: 'octal digits that are none', in: '{ 08 }', err: /'0'/ },
    { name: 'elements wider than a byte', in: 'uint32_t x[] = {1, 2};', err: /more than one byte/ },
    {
      name: 'a length that is not that of the array',
      in: 'unsigned char x[] = {1};\nunsigned int n = 2;',
      err: /^line 2.* 2, and 1 bytes/,
    },
    { name: 'nested arrays', in: '{ {1}, {2} }', err: /column 3: '\{'/ },
    { name: 'an array that is not closed', in: '{ 1, 2', err: /column 7/ },
    { name: 'a parenthesis that nothing opened', in: '{ 1 })', err: /column 6: '\)'/ },
    { name: 'no comma', in: '{ 1 2 }', err: /column 5: '2'/ },
    { name: 'what stands behind', in: '{ 1 }; int main() {}', err: /column 8: 'i'/ },
    { name: 'a string for a function', in: 'bytes.fromhex("1400")', err: /function/ },
    { name: 'repeats without end', in: '$1 = {0x0 <repeats 99999999999 times>}', err: 'ERR_TOO_LARGE' },
    { name: 'repeats of nothing', in: '$1 = {0x0 <repeats 0 times>}', err: /how many/ },
    { name: 'a comment without its end', in: '{ 1 /* }', err: /\*\// },
    {
      name: 'base64 of which an X alone is no hexadecimal digit, without its padding',
      in: '1BEXAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      err: /column 4: 'X' is not hexadecimal; if the text is base64, say --format base64/,
    },
    { name: 'what is not printable', in: '\u0007', err: /'\\u0007'/ },
  ],
  (text) => hexOf(text) as never,
);

t.table<[DumpFormat, string], string>(
  [
    { name: 'hex of another letter', in: ['hex', '\\x14 zz'], err: /column 6/ },
    { name: 'an unknown format', in: ['xdd' as DumpFormat, '14'], err: /did you mean 'xxd'/ },
    { name: 'base64 in both alphabets', in: ['base64', 'AA-/'], err: /column 4: '\/'.*base64url/ },
    { name: 'base64 behind its padding', in: ['base64', 'AA==AA=='], err: /column 5: 'A'/ },
    { name: 'base64 with a digit too much', in: ['base64', 'AAAAA'], err: /amid a byte/ },
    { name: 'base64 with bits too much', in: ['base64', 'AB=='], err: /amid a byte/ },
    { name: 'base64 with the wrong padding', in: ['base64', 'AAAA='], err: /amid a byte/ },
    { name: 'base64 of padding alone', in: ['base64', '=='], err: /amid a byte/ },
    { name: 'short base64 that is said to be', in: ['base64', 'FAAA'], out: '140000' },
    { name: 'the order of memory that is said to be', in: ['xxd', '00000000: 14000000  ....'], out: '14000000' },
    { name: 'quoted characters that are said to be', in: ['c', '"1400"'], out: '31343030' },
    { name: 'decimal numbers that are said to be', in: ['c', '20, 10, 11'], out: '140a0b' },
    { name: 'bytes that are said to be in hexadecimal', in: ['hex', '20, 10, 11'], out: '201011' },
    { name: 'digits that are no offset', in: ['hex', '00000010 1400 0000'], out: '0000001014000000' },
    { name: 'an offset that is one', in: ['xxd', '00000010 1400 0000'], out: '00140000' },
    { name: 'no line of a dump', in: ['xxd', '14 00'], err: /offset/ },
    { name: 'no word of gdb', in: ['gdb', '(gdb) '], err: /neither|no word/ },
  ],
  ([format, text]) => hexOf(text, format),
);

t.table<[string, string], string>(
  [
    { name: 'read as bytes', in: [LITTLE, '00000000: 1400'], out: 'lines of bytes behind hexadecimal offsets' },
    {
      name: 'read as words of the ABI',
      in: [BIG, '0000000 0014\n0000002\n'],
      out: 'lines of 2-byte words, big-endian, behind hexadecimal offsets',
    },
    {
      name: 'read as octal words',
      in: [LITTLE, '0000000 000024 000000 000000 000000 000000\n0000012\n'],
      out: 'lines of octal 2-byte words, little-endian, behind octal offsets',
    },
    {
      name: 'read as words that xxd -e has turned, which are little-endian on every ABI',
      in: [BIG, '00000000: 41000014  ...A'],
      out: 'lines of 4-byte words, little-endian, behind hexadecimal offsets',
    },
    { name: 'read as bytes of gdb', in: [LITTLE, '0x10:\t0x14'], out: 'bytes of gdb' },
    { name: 'read as words of gdb', in: [BIG, '0x10:\t0x0014'], out: '2-byte words of gdb, big-endian' },
    { name: 'read as an array of gdb', in: [LITTLE, '$1 = {0x14}'], out: 'an array of gdb' },
    {
      name: 'read as a string of gdb',
      in: [LITTLE, '$1 = "\\024"'],
      out: 'a string of gdb, which leaves a last NUL out',
    },
    { name: 'read as a string of C', in: [LITTLE, '"\\24"'], out: 'a string of C' },
    { name: 'read as bytes of Python', in: [LITTLE, "b'\\x14'"], out: 'bytes of Python' },
    { name: 'read as an array of C', in: [LITTLE, '{1}'], out: 'an array of C' },
    { name: 'read as a list', in: [LITTLE, '[1]'], out: 'a list of numbers' },
    { name: 'read as escapes', in: [LITTLE, '\\24'], out: 'escapes of C' },
    { name: 'read as base64url', in: [LITTLE, 'FAAAAAAAAAABAA-_'], out: 'base64url' },
  ],
  ([abi, text]) => readDump(codec, abi, text).reading,
);

/** What strace 6.1 printed, and the ABI that it is encoded for. */
const RIGHTS = '{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3, 4]}';
const CREDENTIALS =
  '{cmsg_len=28, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=32015, uid=1000, gid=1000}}';
const call = (messages: string, size: number) =>
  'sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="x", iov_len=1}], msg_iovlen=1, ' +
  `msg_control=${messages}, msg_controllen=${size}, msg_flags=0}, 0) = 1\n`;
const BOTH =
  '1800000000000000010000000100000003000000040000001c0000000000000001000000020000000f7d0000e8030000e803000000000000';

t.table<[string, string], string>(
  [
    { name: 'a call of strace', in: [LITTLE, call(`[${RIGHTS}, ${CREDENTIALS}]`, 56)], out: BOTH },
    { name: 'without the last padding', in: [LITTLE, call(`[${RIGHTS}, ${CREDENTIALS}]`, 52)], out: BOTH.slice(0, -8) },
    { name: 'messages alone', in: [LITTLE, `[${RIGHTS}, ${CREDENTIALS}]`], out: BOTH },
    { name: 'one message alone', in: [LITTLE, RIGHTS], out: BOTH.slice(0, 48) },
    {
      name: 'strace -X raw',
      in: [LITTLE, '{cmsg_len=24, cmsg_level=0x1, cmsg_type=0x1, cmsg_data=[3, 4]}'],
      out: BOTH.slice(0, 48),
    },
    {
      name: 'strace -X verbose',
      in: [LITTLE, '{cmsg_len=24, cmsg_level=0x1 /* SOL_SOCKET */, cmsg_type=0x1 /* SCM_RIGHTS */, cmsg_data=[3, 4]}'],
      out: BOTH.slice(0, 48),
    },
    {
      name: 'strace -yy',
      in: [LITTLE, RIGHTS.replace('3, 4', '3</a b>, 4<UNIX-STREAM:[12->34, "/x"]>')],
      out: BOTH.slice(0, 48),
    },
    {
      name: 'an empty list of messages',
      in: [LITTLE, call('[]', 0)],
      out: '',
    },
    {
      name: 'a message without data',
      in: [LITTLE, '{cmsg_len=16, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS}'],
      out: '10000000000000000100000001000000',
    },
    {
      name: 'data in a string',
      in: [LITTLE, String.raw`{cmsg_len=18, cmsg_level=SOL_IP, cmsg_type=0x4d /* IP_??? */, cmsg_data="\x01b"}`],
      out: '1200000000000000000000004d0000000162000000000000',
    },
    {
      name: 'another ABI',
      in: [BIG, '{cmsg_len=16, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3]}'],
      out: '00000010000000010000000100000003',
    },
    { name: 'a length of another ABI', in: [BIG, RIGHTS], err: /column \d+: cmsg_len tells of 12 bytes.* 8 are shown/ },
    {
      name: 'a lone integer in a list',
      in: [LITTLE, '{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_PIDFD, cmsg_data=[7]}'],
      out: '140000000000000001000000040000000700000000000000',
    },
    {
      name: 'a call around a value',
      in: [LITTLE, CREDENTIALS.replace('pid=32015', 'pid=f(1, 7)')],
      out: '1c00000000000000010000000200000007000000e8030000e803000000000000',
    },
    {
      name: 'structs with addresses, and structs in a list',
      in: [
        LITTLE,
        '[{cmsg_len=28, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data={ipi_ifindex=2, ' +
          'ipi_spec_dst=inet_addr("10.0.0.1"), ipi_addr=inet_addr("20.0.0.0")}}, ' +
          '{cmsg_len=64, cmsg_level=SOL_SOCKET, cmsg_type=SO_TIMESTAMPING_OLD, cmsg_data=' +
          '[{tv_sec=1, tv_nsec=2}, {tv_sec=3, tv_nsec=4}, {tv_sec=5, tv_nsec=6}]}]',
      ],
      out:
        '1c000000000000000000000008000000020000000a0000011400000000000000' +
        '40000000000000000100000025000000' +
        [1, 2, 3, 4, 5, 6].map((word) => `0${word}00000000000000`).join(''),
    },
    {
      name: 'the name of an interface',
      in: [
        LITTLE,
        '{cmsg_len=28, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data={ipi_ifindex=if_nametoindex("lo"), ' +
          'ipi_spec_dst=inet_addr("10.0.0.1"), ipi_addr=inet_addr("20.0.0.0")}}',
      ],
      err: /if_nametoindex.*-X raw/,
    },
    {
      name: 'addresses of strace -X raw',
      in: [
        LITTLE,
        '{cmsg_len=28, cmsg_level=0, cmsg_type=0x8, cmsg_data={ipi_ifindex=1 /* if_nametoindex("lo") */, ' +
          String.raw`ipi_spec_dst="\x7f\x00\x00\x01" /* inet_addr("127.0.0.1") */, ipi_addr="\x14\x00\x00\x00"}}`,
      ],
      out: '1c000000000000000000000008000000010000007f0000011400000000000000',
    },
    {
      name: 'an address of too few bytes',
      in: [
        LITTLE,
        String.raw`{cmsg_len=28, cmsg_level=0, cmsg_type=0x8, cmsg_data={ipi_ifindex=1, ipi_spec_dst="\x7f", ipi_addr="\0\0\0\0"}}`,
      ],
      err: /ipi_spec_dst has 4 bytes, and 1 are shown/,
    },
    ...[
      'sa_family=AF_INET, sin_port=htons(513), sin_addr=inet_addr("127.0.0.1")',
      String.raw`sa_family=0x2, sin_port="\x02\x01", sin_addr="\x7f\x00\x00\x01"`,
      String.raw`sa_family=AF_INET, sa_data="\2\1\x7f\0\0\1\0\0\0\0\0\0\0\0"`,
    ].map((address) => ({
      name: `the socket address {${address}}`,
      in: [LITTLE, `{cmsg_len=32, cmsg_level=SOL_IP, cmsg_type=IP_ORIGDSTADDR, cmsg_data={${address}}}`] as [
        string,
        string,
      ],
      out: '20000000000000000000000014000000020002017f0000010000000000000000',
    })),
    {
      name: 'a socket address with more than it may have',
      in: [
        LITTLE,
        String.raw`{cmsg_len=32, cmsg_level=SOL_IP, cmsg_type=IP_ORIGDSTADDR, cmsg_data={sa_family=0, sa_data="\0\0\0\0\0\0\0\0\0\0\0\0\0\1"}}`,
      ],
      err: /sa_data has bytes/,
    },
    {
      name: 'a socket address with half of its members',
      in: [LITTLE, '{cmsg_len=32, cmsg_level=SOL_IP, cmsg_type=IP_ORIGDSTADDR, cmsg_data={sa_family=AF_INET}}'],
      err: /sin_port/,
    },
    {
      name: 'an error with its struct among the others',
      in: [
        LITTLE,
        '{cmsg_len=48, cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={ee_errno=42, ee_origin=4, ee_type=0, ee_code=0, ' +
          String.raw`ee_info=7, ee_data=0, offender={sa_family=AF_UNSPEC, sa_data="\0\0\0\0\0\0\0\0\0\0\0\0\0\0"}}}`,
      ],
      out: `3000000000000000000000000b0000002a000000040000000700000000000000${'00'.repeat(16)}`,
    },
    {
      name: 'strace -yy of a device',
      in: [LITTLE, RIGHTS.replace('3, 4', '3</dev/null<char 1:3>>, 4</a>')],
      out: BOTH.slice(0, 48),
    },
    {
      name: 'strace -y of files that no folder has any more',
      in: [LITTLE, RIGHTS.replace('3, 4', '3</memfd:a>(deleted), 4</tmp/#12>(deleted)')],
      out: BOTH.slice(0, 48),
    },
    { name: 'a mark without its end', in: [LITTLE, RIGHTS.replace('3, 4', '3</a<b>, 4')], err: /'<' without its '>'/ },
    {
      name: 'a call without a control buffer',
      in: [
        LITTLE,
        'recvmsg(3, {msg_name=NULL, msg_iov=[{iov_base="x", iov_len=1}], msg_controllen=0, msg_flags=0}, 0) = 1',
      ],
      err: /no control buffer in this call/,
    },
    { name: 'data without room for it', in: [LITTLE, RIGHTS.replace('24', '16')], err: /0 bytes.* 8 are shown/ },
    { name: 'a level beyond 32 bits', in: [LITTLE, RIGHTS.replace('SOL_SOCKET', '4294967296')], err: /no constant/ },
    { name: 'a level that is a list', in: [LITTLE, RIGHTS.replace('SOL_SOCKET', '[1]')], err: /no constant/ },
    { name: 'a shorter msg_controllen', in: [LITTLE, call(`[${RIGHTS}]`, 4)], err: /msg_controllen=4,/ },
    { name: 'a longer msg_controllen', in: [LITTLE, call(`[${RIGHTS}]`, 40)], err: /msg_controllen=40.* 24 bytes/ },
    { name: 'a list that strace cut', in: [LITTLE, RIGHTS.replace('4]', '4, ...]')], err: /'\.\.\.'/ },
    {
      name: 'a control buffer that strace cut',
      in: [LITTLE, `[${RIGHTS}, ... /* 0x55 */]`],
      err: /column \d+: '\.\.\.'/,
    },
    { name: 'an address', in: [LITTLE, call('0x7ffe', 24)], err: /address/ },
    { name: 'no control buffer', in: [LITTLE, call('NULL', 0)], err: /no control buffer/ },
    { name: 'two calls', in: [LITTLE, call(`[${RIGHTS}]`, 24).repeat(2)], err: /^line 2.*one call/ },
    {
      name: 'data that strace does not show',
      in: [LITTLE, '{cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_TOS}'],
      err: /IP_TOS|4 bytes of data/,
    },
    {
      name: 'a name that nobody knows',
      in: [LITTLE, '{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_FROB, cmsg_data=[1]}'],
      err: /SCM_FROB.*-X raw/,
    },
    {
      name: 'a length below the header',
      in: [LITTLE, RIGHTS.replace('24', '4')],
      err: /cmsg_len=4, which is 16 at least/,
    },
    { name: 'a huge length', in: [LITTLE, RIGHTS.replace('24', '99999999999')], err: /cmsg_len=99999999999/ },
    { name: 'a descriptor beyond an int', in: [LITTLE, RIGHTS.replace('[3', '[99999999999')], err: /fds\[0\]/ },
    { name: 'half of the credentials', in: [LITTLE, CREDENTIALS.replace(', gid=1000', '')], err: /gid/ },
    { name: 'more than the credentials', in: [LITTLE, CREDENTIALS.replace('}}', ', sid=1}}')], err: /sid/ },
    { name: 'no type', in: [LITTLE, '{cmsg_len=16, cmsg_level=SOL_SOCKET}'], err: /cmsg_type/ },
    { name: 'no message', in: [LITTLE, 'msg_control=[3]'], err: /column 14: a message/ },
    { name: 'lists without end', in: [LITTLE, `cmsg_len= ${'['.repeat(100)}`], err: /./ },
    { name: 'a list that is not closed', in: [LITTLE, RIGHTS.slice(0, -2)], err: /end of the text/ },
  ],
  ([abi, text]) => hexOf(text, 'auto', abi),
);

t.test('words are read in the byte order of the ABI, bytes in their own', () => {
  for (const [text, little, big] of [
    ['0x10:\t0x00000014\t0x00000001', '1400000001000000', '0000001400000001'],
    ['0000000 0014 0001\n0000004', '14000100', '00140001'],
    ['0000000 000024\n0000002', '1400', '0014'],
    ['00000000: 0014', '0014', '0014'],
    ['0x10:\t0x00\t0x14', '0014', '0014'],
  ] as const) {
    assert.equal([hexOf(text, 'auto', LITTLE), hexOf(text, 'auto', BIG)], [little, big], text);
  }
});

const from = seed();
for (const [name, { format, least = 0 }] of Object.entries(DUMPERS)) {
  t.test(`bytes to ${name} and back, as ${format} and by itself (seed ${from})`, () => {
    const dice = random(from);
    for (let i = 0; i < 150; i++) {
      const bytes = dice.bytes(least + dice.below(90));
      if (dice.below(2)) bytes.fill(dice.below(3), dice.below(40), dice.below(90));
      const abi = dice.pick([LITTLE, BIG]);
      const text = asDump(name, bytes, abi === BIG);
      if (bytes.length === 0) continue;
      for (const as of [format, 'auto'] as const) {
        let found: ReturnType<typeof readDump>;
        try {
          found = readDump(codec, abi, text, as);
        } catch (error) {
          // What may be read in two ways is refused, and nothing else.
          const allowed = as === 'auto' ? /--format (c|hex|xxd|base64)|dump again with -v/ : /dump again with -v/;
          assert.match((error as Error).message, allowed, text);
          continue;
        }
        assert.is(hexOfBytes(found.bytes), hexOfBytes(bytes), `${found.format}: ${text}`);
      }
    }
  });
}

t.test(`whatever a text is, it is read or refused in one line (seed ${from})`, () => {
  const dice = random(from);
  const pieces = [
    ...dumps.map(({ text }) => text),
    ...[
      '"',
      "b'",
      '\\x',
      '\\',
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '<repeats 9 times>',
      '...',
      '*\n',
      '\n',
      '0x',
      ':',
      '|',
      '>',
    ],
    ...[
      '$1 = ',
      '0x10 <b>:\t',
      'msg_control=[{',
      'cmsg_len=20, ',
      'cmsg_data=[',
      '/*',
      '//',
      '\ud800',
      '\0',
      '<Buffer ',
      '=',
    ],
  ];
  for (let i = 0; i < 3000; i++) {
    let text = '';
    for (let k = dice.below(5) + 1; k > 0; k--) {
      const piece = dice.pick(pieces);
      const at = dice.below(piece.length);
      text += dice.below(3) ? piece.slice(at, at + dice.below(80)) : piece;
    }
    try {
      readDump(codec, LITTLE, text, dice.pick(['auto', 'auto', ...FORMATS] as const));
    } catch (error) {
      assert.instance(error, AncillaryError, `${(error as Error).stack} for ${JSON.stringify(text)}`);
      assert.not.match((error as Error).message, /[\p{Cc}\u2028]/u, JSON.stringify(text));
      assert.ok((error as Error).message.length < 400);
    }
  }
});

for (const [name, text] of Object.entries({
  'digits without end': '14'.repeat(5_000_000),
  'blanks without end': `14${' '.repeat(9_999_990)}14`,
  'lines without end': '00000000: 1400\n'.repeat(660_000),
  'one line of a dump without end': `00000000: ${'1400 '.repeat(2_000_000)}`,
  'numbers without end': '1, '.repeat(3_300_000),
  'brackets without end': '['.repeat(10_000_000),
  'lists of strace without end': `msg_control=${'['.repeat(9_999_000)}`,
  'a string without end': `"${'\\0'.repeat(5_000_000)}"`,
  'a comment without end': `{/*${'*'.repeat(9_999_990)}`,
  'words of gdb without end': `0x10:${'\t0x14'.repeat(2_000_000)}`,
  'base64 without end': 'AAAB'.repeat(2_500_000),
  'letters without end': 'Zz'.repeat(5_000_000),
  'quotes without end': '"'.repeat(10_000_000),
  'backslashes without end': '\\'.repeat(10_000_000),
  'prompts without end': '(gdb) \n'.repeat(1_400_000),
  'more than is looked at': '0'.repeat(20_000_000),
})) {
  t.test(`10 MB of ${name} are read or refused within seconds`, () => {
    const start = performance.now();
    try {
      readDump(codec, LITTLE, text);
    } catch (error) {
      assert.instance(error, AncillaryError);
    }
    const took = performance.now() - start;
    assert.ok(took < 30_000, `took ${took} ms`);
  });
}

t.test('a dump of a mebibyte is read, one byte more is refused', async () => {
  assert.is(readDump(codec, LITTLE, '00'.repeat(1 << 20)).bytes.length, 1 << 20);
  assert.is(
    ((await thrownBy(() => readDump(codec, LITTLE, `${'00'.repeat(1 << 20)}00`))) as AncillaryError).code,
    'ERR_TOO_LARGE',
  );
});

t.run();
