/** What cannot be fuzzed, or cannot be meant, is one clear line and exit 2; nothing is left. */
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { assertFails } from '../support/bad-input.js';
import { fuzzing, fuzzJson, only, writeModule } from '../support/fuzzing.js';
import { cli, Running, run } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('fuzz-bad-input');
const SLOW = { timeout: 40_000 };

/** `@` stands for a folder of the test's own, in which there are: file, long, fifo, socket, piped, whose record is a FIFO,
 * loose, a link to nothing, quiet.mjs, other.mjs, number.mjs, broken.mjs. */
const REFUSED: [argv: string, message: RegExp][] = [
  ['', /missing required argument 'target'/],
  ['dialekts', /unknown target 'dialekts'; did you mean 'dialects'\?/],
  ['module', /the target module needs a file: module:FILE/],
  ['codec:x', /the target codec takes nothing behind its name/],
  ['module:@/none.js', /cannot fuzz .*none\.js: there is no such file/],
  ['module:@', /cannot fuzz .*: it is a folder/],
  ['module:@/fifo', /cannot fuzz .*fifo: it is no regular file/],
  ['wasm:@/fifo', /cannot fuzz .*fifo: it is no regular file/],
  ['wasm:@', /cannot fuzz .*: it is a folder/],
  ['so:@/fifo', /cannot fuzz .*fifo: it is no regular file/],
  ['so:/dev/zero', /cannot fuzz \/dev\/zero: it is no regular file/],
  ['exec:true --before /dev/zero', /cannot read what --before names, \/dev\/zero: it is no regular file/],
  ['module:@/number.mjs', /number\.mjs exports no function fuzz\(data\): its fuzz is 5$/m],
  ['module:@/other.mjs', /other\.mjs exports no function fuzz\(data\): it exports fuss$/m],
  ['module:@/broken.mjs', /cannot load .*broken\.mjs: SyntaxError: /],
  ['module:@/throwing.mjs', /cannot load .*throwing\.mjs: Error: not today/],
  ['dialects --jobs 0', /'--jobs <n>' argument '0' is invalid/],
  ['dialects --jobs 1.5', /'--jobs <n>'/],
  ['dialects --runs -1', /'--runs <n>' argument '-1' is invalid/],
  ['dialects --runs 0', /'--runs <n>' argument '0' is invalid/],
  ['dialects --time soon', /'--time <time>' argument 'soon' is invalid. It must be a length of time such as 30s/],
  ['dialects --time 1s --runs 1', /'--time <time>' cannot be used with option '--runs <n>'/],
  ['dialects --timeout 0', /'--timeout <time>' argument '0' is invalid/],
  ['dialects --seed -1', /'--seed <s>'/],
  ['dialects --seed 18446744073709551616', /'--seed <s>'/],
  ['dialects --shard 0/2', /'--shard <i\/n>' argument '0\/2' is invalid. It must be such as 1\/4/],
  ['dialects --shard 3/2', /'--shard <i\/n>'/],
  ['dialects --between musl-1.2', /'--between <a,b>'/],
  ['dialects --between musl-1.2,musl-1.2', /It must be two different walks/],
  ['dialects --between musl-1.2,glib', /'--between <a,b>'/],
  ['dialects --abi x86_64', /'--abi <id>'/],
  ['codec --between musl-1.2,glibc-ge-2.37', /--between names walks, which the target codec does not compare/],
  ['dialects --corpus=', /'--corpus <dir>' argument '' is invalid. It must not be empty/],
  ['dialects --artifacts=', /'--artifacts <dir>' argument '' is invalid. It must not be empty/],
  ['dialects --dictionary=', /'--dictionary <file>' argument '' is invalid. It must not be empty/],
  ['dialects --frob', /unknown option '--frob'/],
  ['dialects --json=x', /--json/],
  ['dialects --corpus @/file', /cannot use .*file as the folder of the corpus: it is no folder/],
  ['dialects --corpus @/none/at/all', /cannot use .* as the folder of the corpus: ENOENT/],
  ['dialects --corpus @/loose', /cannot use .*loose as the folder of the corpus: it is no folder/],
  ['dialects --artifacts @/loose', /cannot use .*loose as the folder of what is found: it is no folder/],
  ['dialects --artifacts @/file', /cannot use .*file as the folder of what is found: it is no folder/],
  ['dialects --artifacts @/file/in', /cannot use .* as the folder of what is found: /],
  ['dialects --dictionary @/none', /cannot read the dictionary .*none: ENOENT/],
  ['dialects --dictionary @', /cannot read the dictionary .*: EISDIR/],
  ['dialects --dictionary @/fifo', /cannot read the dictionary .*fifo: it is no regular file; save its bytes in one/],
  ['dialects --dictionary /dev/zero', /cannot read the dictionary \/dev\/zero: it is no regular file/],
  ['dialects --dictionary @/other.mjs', /other\.mjs, line 1: .* is no word/],
  ['replay', /missing required argument 'file'/],
  ['replay @/none', /cannot read .*none: ENOENT/],
  ['replay @', /cannot read .*: EISDIR/],
  ['replay @/fifo --target codec', /cannot read .*fifo: it is no regular file; save its bytes in one/],
  ['replay /dev/zero --target codec', /cannot read \/dev\/zero: it is no regular file/],
  ['replay @/socket --target codec', /cannot read .*socket: it is no regular file/],
  ['replay @/long --target codec', /long has 2000000 bytes: 1048576 are the most/],
  ['replay @/piped', /cannot read .*piped\.json: it is no regular file/],
  ['minimize @/fifo --target codec', /cannot read .*fifo: it is no regular file/],
  ['minimize /dev/zero --target codec', /cannot read \/dev\/zero: it is no regular file/],
  ['merge @/a @/fifo --target codec', /cannot use .*fifo as the folder of the corpus: it is no folder|ENOTDIR/],
  ['replay @/file', /nothing beside .*file says which target it is for: name it with --target/],
  ['replay @/damaged', /damaged\.json is not what is kept beside a finding/],
  ['replay @/wrong', /the record beside .*wrong is damaged: target must be a text/],
  ['replay @/file --target nothing', /unknown target 'nothing'/],
  [
    'minimize @/file --target module:@/quiet.mjs',
    /nothing is wrong with .*file for module:.*: there is nothing to keep/,
  ],
  ['minimize @/file --target codec --output=', /'--output <file>' argument '' is invalid. It must not be empty/],
  ['merge @/a', /required option '--target <target>' not specified/],
  ['merge @/a --target codec', /merge needs two folders or more/],
  ['merge @/a @/none --target codec', /cannot use .*none as the folder of the corpus: ENOENT/],
  ['merge @/file @/a --target codec', /cannot use .*file as the folder of the corpus: it is no folder/],
  ['socket:@/file', /cannot fuzz .*file: it is a regular file, and no socket/],
  ['socket:@/a', /cannot fuzz .*a: it is a folder, and no socket/],
  ['socket:@/fifo', /cannot fuzz .*fifo: it is a FIFO, and no socket/],
  ['socket:/dev/null', /cannot fuzz \/dev\/null: it is a device, and no socket/],
  ['socket:@/none/at/all', /connect .*: ENOENT, .*start the server first/],
  ['dialects --artifacts ', /'--artifacts <dir>' argument '' is invalid. It must not be empty/],
  ['corpus', /missing required argument 'dir'/],
  ['corpus @/file', /cannot use .*file as the folder of the corpus/],
  ['corpus /', /the dictionary would be an input in \/: name another file with --dictionary/],
  ['corpus @/a --dictionary @/a/b', /the dictionary would be an input in .*a: name another file/],
  ['corpus @/a --dictionary=', /'--dictionary <file>' argument '' is invalid. It must not be empty/],
  ['corpus @/a --count 0', /'--count <n>'/],
  ['corpus @/a --format tar', /'--format <format>' argument 'tar' is invalid/],
  ['targets --frob', /unknown option '--frob'/],
];

for (const [text, message] of REFUSED) {
  t.test(
    `ancillary fuzz ${text}`,
    () =>
      withTempDir(async (folder) => {
        const temp = join(folder, 'tmp');
        for (const name of ['tmp', 'a']) mkdirSync(join(folder, name));
        const files = {
          file: 'abc',
          damaged: '',
          'damaged.json': '{',
          wrong: '',
          'wrong.json': '{"target":5}',
          'other.mjs': 'export const fuss = 1;',
          'broken.mjs': 'export function (',
          'throwing.mjs': "throw new Error('not today');",
          'quiet.mjs': 'export default () => 0;',
          'number.mjs': 'export const fuzz = 5;',
        };
        await run(['mkfifo', join(folder, 'fifo'), join(folder, 'piped.json')]);
        symlinkSync('nowhere', join(folder, 'loose'));
        writeFileSync(join(folder, 'piped'), '');
        writeFileSync(join(folder, 'long'), Buffer.alloc(2_000_000));
        const server = createServer().listen(join(folder, 'socket'));
        await once(server, 'listening');
        for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
        const before = readdirSync(folder);
        server.unref();
        const argv = text === '' ? [] : text.replaceAll('@', folder).split(' ');
        await assertFails(fuzzing(argv, { env: { TMPDIR: temp } }), 2, message, temp);
        assert.equal(readdirSync(folder), before, 'nothing is made');
        server.close();
      }),
    SLOW,
  );
}

for (const [name, content] of [
  ['named.mjs', 'export function fuzz() {}'],
  ['named.cjs', 'exports.fuzz = () => {};'],
  ['default.mjs', 'export default async () => {};'],
  ['default-object.mjs', 'export default { fuzz() {} };'],
  ['whole.cjs', 'module.exports = () => {};'],
  ['plain.js', 'module.exports.fuzz = function (data) { if (!Buffer.isBuffer(data)) throw new Error("no Buffer"); };'],
] as const) {
  t.test(
    `a module exports fuzz as it likes: ${content}`,
    () =>
      withTempDir(async (folder) => {
        writeFileSync(join(folder, name), content);
        const { code, stderr, lines } = await fuzzJson([`module:${join(folder, name)}`, '--runs', '50']);
        assert.equal([code, stderr], [0, '']);
        assert.equal(only(lines, 'end')[0]?.executions, 50);
      }),
    SLOW,
  );
}

/** A folder that another user may look into, but not write. */
const lack = process.getuid?.() === 0 ? lacks('setpriv', '--reuid', '65534', 'true') : 'only root can be another user';
for (const option of ['--corpus', '--artifacts']) {
  const title = `a folder of ${option} that nobody but its owner may write is refused before anything is done`;
  if (lack) {
    t.skip(title, lack);
    continue;
  }
  t.test(
    title,
    () =>
      withTempDir(async (folder) => {
        chmodSync(folder, 0o755);
        const target = writeModule(folder, 'throws');
        const as = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
        const argv = [...as, ...cli('fuzz', target, '--runs', '5', option, folder)];
        const before = readdirSync(folder);
        await assertFails(new Running(argv, { limit: 30_000 }), 2, /cannot use .* as the folder of .*: EACCES/);
        assert.equal(readdirSync(folder), before);
      }),
    SLOW,
  );
}

t.test(
  'files of a corpus that are too long are cut, those that cannot be read are left out, and both are told',
  () =>
    withTempDir(async (folder) => {
      const corpus = join(folder, 'corpus');
      mkdirSync(corpus);
      writeFileSync(join(corpus, 'long'), Buffer.alloc(10_000, 1));
      await run(['mkfifo', join(corpus, 'fifo')]);
      symlinkSync('/dev/zero', join(corpus, 'device'));
      const { code, lines } = await fuzzJson([writeModule(folder, 'quiet'), '--runs', '5', '--corpus', corpus]);
      assert.is(code, 0);
      const notes = only(lines, 'note').map(({ text }) => String(text));
      assert.match(notes.join('\n'), /^1 files in .* are longer than an input may be: their beginnings are used/m);
      assert.match(notes.join('\n'), /^2 files in .* cannot be read: they are left out/m);
      assert.ok(readdirSync(corpus).includes('long'), 'they stay');
    }),
  SLOW,
);

t.test(
  'a target that ends its process as it is opened is told, once it did so again and again',
  () =>
    withTempDir(async (folder) => {
      writeFileSync(join(folder, 'gone.mjs'), 'process.exit(9);');
      const { code, stderr } = await fuzzing([`module:${join(folder, 'gone.mjs')}`, '--runs', '5']).ended;
      assert.is(code, 2);
      assert.match(stderr, /ancillary: the target ended while it was opened: exit status 9\n$/);
    }),
  SLOW,
);

const DAMAGED: [member: string, value: string, message: RegExp][] = [
  ['timeout', '"soon"', /timeout must be milliseconds, a whole number from 1 to \d+, not 'soon'/],
  ['timeout', '0', /timeout must be milliseconds/],
  ['timeout', '1e12', /timeout must be milliseconds/],
  ['seed', '5', /seed must be a text of the digits of a number below 2\^64, not 5/],
  ['seed', '"18446744073709551616"', /seed must be a text of the digits/],
  ['version', '7', /version must be a text, not 7/],
  ['rate', '"fast"', /rate must be a whole number/],
  ['between', '["a"]', /between must be two walks/],
  ['details', '[]', /details must be an object/],
  ['isReproduced', '1', /isReproduced must be true or false/],
  ['type', '"raw"', /type must be one of stream, seqpacket, dgram/],
];

for (const [member, value, message] of DAMAGED) {
  t.test(
    `a record whose ${member} is ${value} is refused in one line`,
    () =>
      withTempDir(async (folder) => {
        writeFileSync(join(folder, 'x.bin'), 'abc');
        writeFileSync(join(folder, 'x.json'), `{"target":"codec","${member}":${value}}`);
        for (const command of ['replay', 'minimize']) {
          await assertFails(fuzzing([command, join(folder, 'x.bin')]), 2, message);
        }
      }),
    SLOW,
  );
}

t.test(
  'replay takes the timeout of the record, and tells of another version',
  () =>
    withTempDir(async (folder) => {
      writeFileSync(join(folder, 'hangs.mjs'), 'export function fuzz() { for (;;); }');
      writeFileSync(join(folder, 'x.bin'), 'abc');
      const record = { target: `module:${join(folder, 'hangs.mjs')}`, timeout: 1234, version: '0.0.1' };
      writeFileSync(join(folder, 'x.json'), JSON.stringify(record));
      const { code, stdout, stderr } = await fuzzing(['replay', join(folder, 'x.bin'), '--json']).ended;
      assert.is(code, 1);
      assert.match(stdout.toString(), /did not end within 1\.234 s/);
      assert.match(stderr, /^ancillary: it was found by version 0\.0\.1, and this is \d[^\n]*\n$/);
    }),
  SLOW,
);

t.run();
