/** Wrong files, paths and arguments: one clear line, the right exit code, nothing touched and nothing left. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { UnixListener } from 'ancillary';
import * as assert from 'uvu/assert';
import { assertFails, tempInside } from '../support/bad-input.js';
import { asOrdinary, noSetpriv } from '../support/ordinary.js';
import { cli, Running } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

interface Row {
  name: string;
  /** In these, `@` stands for the test's folder. */
  argv: string[];
  setup?: (folder: string) => void;
  code?: number;
  err: RegExp;
  input?: string;
  prefix?: string[];
  skip?: string | undefined;
}

const file = (name: string) => (folder: string) => writeFileSync(join(folder, name), 'content');
const fifo = (name: string) => (folder: string) => execFileSync('mkfifo', [join(folder, name)]);
const many = (count: number) => Array.from({ length: count }, () => '/dev/null');

/** A socket file that nobody listens at: it outlives its listener under another name. */
function stale(folder: string): void {
  const listener = UnixListener.listenSync(join(folder, 'other'));
  linkSync(listener.path, join(folder, 's'));
  listener.closeSync();
}

const bad: Row[] = [
  { name: 'send a missing file', argv: ['send', '--socket', '@/s', '@/none'], err: /@\/none: there is no such file/ },
  { name: 'send a directory', argv: ['send', '--socket', '@/s', '@'], err: /cannot pass @: it is a directory/ },
  {
    name: 'send a FIFO without writer',
    setup: fifo('f'),
    argv: ['send', '--socket', '@/s', '@/f'],
    err: /@\/f: a FIFO/,
  },
  { name: 'send a socket file', setup: stale, argv: ['send', '--socket', '@/s', '@/s'], err: /@\/s: it is a socket/ },
  {
    name: 'send an unreadable file',
    setup: (folder) => {
      file('f')(folder);
      chmodSync(join(folder, 'f'), 0);
    },
    argv: ['send', '--socket', '@/s', '@/f'],
    prefix: asOrdinary,
    skip: noSetpriv,
    err: /@\/f: permission denied/,
  },
  {
    name: 'read in a folder that may not be written',
    setup: (folder) => {
      mkdirSync(join(folder, 'd'));
      chmodSync(join(folder, 'd'), 0o500);
    },
    argv: ['read', '--socket', '@/d/s'],
    prefix: asOrdinary,
    skip: noSetpriv,
    err: /@\/d\/s: EACCES/,
  },
  { name: 'read in a folder that is missing', argv: ['read', '--socket', '@/no/s'], err: /@\/no\/s: ENOENT/ },
  {
    name: 'a loop of symbolic links',
    setup: (at) => symlinkSync('l', join(at, 'l')),
    argv: ['send', '@/l'],
    err: /@\/l/,
  },
  { name: 'send 254 files', argv: ['send', '--socket', '@/s', ...many(254)], err: /254 files.*253/ },
  { name: 'demo with 254 files', argv: ['demo', ...many(254)], err: /254 files.*253/ },
  { name: 'demo with a missing file', argv: ['demo', '@/none'], err: /@\/none: there is no such file/ },
  { name: 'demo with a directory', argv: ['demo', '/dev/null', '@'], err: /@: it is a directory/ },
  { name: 'read at a path of 108 bytes', argv: ['read', '--socket', '@108'], code: 2, err: /108 bytes.*107/ },
  {
    name: 'send to a path of 108 bytes',
    argv: ['send', '--socket', '@108', '/dev/null'],
    code: 2,
    err: /108 bytes.*107/,
  },
  { name: 'read at the empty path', argv: ['read', '--socket', ''], code: 2, err: /--socket.*not be empty/ },
  { name: 'send to the empty path', argv: ['send', '--socket=', '/dev/null'], code: 2, err: /--socket.*not be empty/ },
  { name: 'read where a file is', setup: file('s'), argv: ['read', '--socket', '@/s'], err: /@\/s: .*no socket/ },
  { name: 'read where a folder is', argv: ['read', '--socket', '@'], err: /@: .*no socket/ },
  {
    name: 'read where a link to a file is',
    setup: (folder) => {
      file('f')(folder);
      symlinkSync('f', join(folder, 's'));
    },
    argv: ['read', '--socket', '@/s'],
    err: /@\/s: .*no socket/,
  },
  {
    name: 'read where a link to nothing is',
    setup: (folder) => symlinkSync('none', join(folder, 's')),
    argv: ['read', '--socket', '@/s'],
    err: /@\/s: .*no socket/,
  },
  {
    name: 'send where nothing is',
    argv: ['send', '--socket', '@/s', '/dev/null'],
    err: /@\/s: .*nobody listens there, there is no such/,
  },
  {
    name: 'send to a file',
    setup: file('s'),
    argv: ['send', '--socket', '@/s', '/dev/null'],
    err: /@\/s: .*nobody listens there, .*no socket/,
  },
  {
    name: 'send to a stale socket',
    setup: stale,
    argv: ['send', '--socket', '@/s', '/dev/null'],
    err: /@\/s: .*nobody listens there/,
  },
  { name: 'an unknown command', argv: ['frobnicate'], code: 2, err: /unknown command 'frobnicate'/ },
  { name: 'a command almost right', argv: ['sen'], code: 2, err: /unknown command 'sen'; did you mean 'send'\? \(see/ },
  { name: 'no command', argv: ['check-sende'], code: 2, err: /unknown command 'check-sende' \(see/ },
  { name: 'an option almost right', argv: ['layout', '--jsom'], code: 2, err: /did you mean '--json'\?/ },
  {
    name: 'a libc for a walk',
    argv: ['walk', '--abi', 'x86_64-musl', '--dialect', 'musl'],
    code: 2,
    err: /Did you mean 'musl-1\.2'\?/,
  },
  {
    name: 'a libc for a walk, though another is spelled nearly so',
    argv: ['walk', '--abi', 'x86_64-glibc', '--dialect', 'glibc'],
    code: 2,
    err: /Did you mean 'glibc-ge-2\.37'\?/,
  },
  { name: 'an unknown option', argv: ['read', '--frob'], code: 2, err: /unknown option '--frob'/ },
  { name: 'an option almost right', argv: ['read', '--cuont', '1'], code: 2, err: /unknown option '--cuont'/ },
  { name: 'an option without its value', argv: ['read', '--socket'], code: 2, err: /--socket/ },
  { name: 'an argument too many', argv: ['read', 'extra'], code: 2, err: /too many arguments/ },
  { name: 'send without a file', argv: ['send'], code: 2, err: /missing required argument 'file'/ },
  { name: '--count 0', argv: ['read', '--count', '0'], code: 2, err: /--count.*'0'/ },
  { name: '--count of a million', argv: ['read', '--count', '1000000'], code: 2, err: /number from 1 to 999999/ },
  { name: '--count that is no number', argv: ['read', '--count', '1e3'], code: 2, err: /--count.*'1e3'/ },
  { name: 'walk without an ABI', argv: ['walk', '00'], code: 2, err: /--abi/ },
  {
    name: 'one unknown ABI of several',
    argv: ['layout', '--abi', 'x86_64-glibc,x86_64-musi'],
    code: 2,
    err: /'x86_64-musi': Did you mean 'x86_64-musl'/,
  },
  {
    name: 'an ABI with a slip',
    argv: ['inspect', '--abi', 'x86_64-glibcc', '00'],
    code: 2,
    err: /Did you mean 'x86_64-glibc'/,
  },
  { name: 'a walk with a slip', argv: ['walk', '--abi', 'x86_64-glibc', '--dialect', 'musl'], code: 2, err: /'musl'/ },
  { name: 'a format with a slip', argv: ['diff', '--format', 'xdd', '00'], code: 2, err: /Did you mean 'xxd'/ },
  { name: 'an unknown format', argv: ['inspect', '--format', 'json', '00'], code: 2, err: /auto, hex, c, xxd/ },
  {
    name: 'a text that is neither file nor dump',
    argv: ['inspect', 'hello'],
    code: 2,
    err: /hello: there is no file.*'h'/,
  },
  { name: 'an odd number of digits', argv: ['diff', '14 0'], code: 2, err: /line 1, column 4: '0'.* odd/ },
  { name: 'no text at all', argv: ['inspect', ''], code: 2, err: /empty/ },
  { name: 'nothing on standard input', argv: ['inspect', '-'], code: 2, err: /standard input: the dump is empty/ },
  {
    name: 'a name with a slash that is no file',
    argv: ['inspect', '/no/such/abc'],
    err: /cannot read \/no\/such\/abc/,
  },
  { name: 'a dump from a directory', argv: ['inspect', '@'], err: /cannot read @/ },
  {
    name: 'the bytes themselves',
    setup: (folder) => writeFileSync(join(folder, 'raw'), Buffer.alloc(16)),
    argv: ['parse', '--abi', 'x86_64-glibc', '@/raw'],
    code: 2,
    err: /xxd -p/,
  },
  { name: 'an unknown ABI', argv: ['layout', '--abi', 'vax-bsd'], code: 2, err: /'vax-bsd'.*ancillary abis/ },
  {
    name: 'an unknown dialect',
    argv: ['walk', '--abi', 'x86_64-glibc', '--dialect', 'zzzzzzzz', '-'],
    code: 2,
    err: /'zzzzzzzz'.*ancillary dialects/,
  },
  { name: 'lines from a missing file', argv: ['walk', '--abi', 'x86_64-glibc', '@/none'], err: /cannot read @\/none/ },
  { name: 'lines from a directory', argv: ['walk', '--abi', 'x86_64-glibc', '@'], err: /cannot read @/ },
];

/** Everything in the folder: name, kind, inode and content. */
function picture(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { ino, mode } = lstatSync(join(folder, name));
      return `${name} ${mode.toString(8)} ${ino} ${(mode & 0o170000) === 0o100000 ? readFileSync(join(folder, name)) : ''}`;
    });
}

const t = suite('cli-bad-input');

for (const { name, argv, setup, code = 1, err, prefix = [], skip } of bad) {
  if (skip) {
    t.skip(name, skip);
    continue;
  }
  t.test(`${name}: one line, exit ${code}`, () =>
    withTempDir(async (folder) => {
      setup?.(folder);
      const temp = tempInside(folder);
      const before = picture(folder);
      const long = `${folder}/`.padEnd(108, 'x');
      const filled = argv.map((each) => (each === '@108' ? long : each.replace('@', folder)));
      const running = new Running([...prefix, ...cli(...filled)], { env: { TMPDIR: temp } });
      await assertFails(running, code, new RegExp(err.source.replace('@', folder), err.flags), temp);
      if (code === 2) assert.is(running.stdout.length, 0, 'nothing was done before');
      assert.equal(picture(folder), before, 'the folder is as it was');
    }),
  );
}

t.run();
