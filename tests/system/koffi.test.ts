/** Where koffi does not load, the first system call says why, and what to do: in processes that really lack it. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const platform = `linux-${process.arch}`;
const modules = 'node_modules';
const prebuilt = `${modules}/@koromix/koffi-${platform}`;
const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';
interface Condition {
  name: string;
  /** Changes an installation in `folder` that is sound. */
  spoil?: (folder: string) => void;
  flags?: string[] | ((folder: string) => string[]);
  isBundled?: boolean;
  /** What the program does first. */
  before?: string;
  says: RegExp | ((folder: string) => string);
  hasNoCause?: boolean;
}

const conditions: Condition[] = [
  { name: 'a sound installation', says: /^works$/ },
  {
    name: "koffi where pnpm puts it, beside its own binary and not beside the program's modules",
    spoil: (folder) => {
      const store = join(folder, modules, '.pnpm/koffi/node_modules');
      mkdirSync(store, { recursive: true });
      for (const name of ['koffi', '@koromix']) renameSync(join(folder, modules, name), join(store, name));
      symlinkSync(join(store, 'koffi'), join(folder, modules, 'koffi'));
    },
    says: /^works$/,
  },
  {
    name: 'a bundle beside the modules of pnpm, which show it the package but not koffi',
    isBundled: true,
    spoil: (folder) => {
      const store = join(folder, modules, '.pnpm/ancillary/node_modules');
      mkdirSync(store, { recursive: true });
      for (const name of ['ancillary', 'koffi', '@koromix']) {
        renameSync(join(folder, modules, name), join(store, name));
      }
      symlinkSync(join(store, 'ancillary'), join(folder, modules, 'ancillary'));
    },
    says: /^works$/,
  },
  { name: '--no-addons', flags: ['--no-addons'], says: /started with --no-addons, .*: start it without$/ },
  {
    name: 'the permission model',
    flags: [permission, '--allow-fs-read=*'],
    says: /permission model .*: add --allow-addons$/,
  },
  {
    name: 'the permission model that lets only the program itself be read',
    flags: (folder) => [
      permission,
      '--allow-addons',
      ...['program.mjs', 'package.json', `${modules}/ancillary`].map((name) => `--allow-fs-read=${join(folder, name)}`),
    ],
    says: /permission model .*: add --allow-fs-read for koffi and @koromix too$/,
  },
  {
    name: '--no-addons and no koffi either: first things first',
    flags: ['--no-addons'],
    spoil: (folder) => rmSync(join(folder, modules, 'koffi'), { recursive: true }),
    says: /--no-addons/,
  },
  {
    name: 'no koffi',
    spoil: (folder) => rmSync(join(folder, modules, 'koffi'), { recursive: true }),
    says: (folder) =>
      `there is no package koffi to be found from ${folder}/${modules}/ancillary/build/cjs or ${folder}: run npm ` +
      'install koffi there; a bundle needs it in a node_modules beside or above it',
  },
  {
    name: 'koffi without its binary',
    spoil: (folder) => rmSync(join(folder, modules, '@koromix'), { recursive: true }),
    says: new RegExp(
      `binary for ${platform} is not installed .*: npm install @koromix/koffi-${platform}@\\d+\\.\\d+\\.\\d+$`,
    ),
  },
  {
    name: 'an architecture without a prebuilt binary',
    before: "Object.defineProperty(process, 'arch', { value: 's390x' });",
    says: /no prebuilt binary for linux-s390x: with CMake and a C\+\+ compiler, npm rebuild koffi makes one$/,
  },
  {
    name: 'a binary that is none',
    spoil: (folder) => changeBinaries(folder, () => Buffer.from('hello')),
    says: /binary \S+koffi\.node does not load \(.*file too short\): delete node_modules and install again/,
  },
  {
    name: 'a library that the binary needs and nobody has',
    spoil: (folder) => changeBinaries(folder, (binary) => replace(binary, 'libstdc++.so.6', 'libstdc++.so.0')),
    says: /does not load \(libstdc\+\+\.so\.0: .*\): install that library \(apk add libstdc\+\+/,
  },
  {
    name: 'the binary of another libc',
    spoil: (folder) =>
      changeBinaries(folder, (binary) =>
        replace(replace(binary, 'libc.so.6', 'libc.so.0'), 'libc.musl-', 'libc.none-'),
      ),
    says: /does not load \(libc\.(so\.0|none-\S+): .*\): delete node_modules and install again on this very machine$/,
  },
  {
    name: 'koffi of another version than its binary',
    spoil: (folder) => {
      for (const name of ['package.json', 'src/koffi/index.cjs']) {
        const file = join(folder, modules, 'koffi', name);
        writeFileSync(file, readFileSync(file, 'utf8').replace(/(version"?: )"[^"]*"/, '$1"0.0.0"'));
      }
    },
    says: /^koffi does not load: Mismatched native Koffi modules$/,
  },
  {
    name: 'another system',
    before: "Object.defineProperty(process, 'platform', { value: 'freebsd' });",
    says: /^sockets need Linux, this is freebsd; ancillary\/codec .* works everywhere$/,
    hasNoCause: true,
  },
];

/** Every prebuilt binary of the installation, changed. */
function changeBinaries(folder: string, change: (binary: Buffer) => Buffer): void {
  for (const libc of ['linux', 'musl']) {
    const file = join(folder, prebuilt, `${libc}_${process.arch}/koffi.node`);
    writeFileSync(file, change(readFileSync(file)));
  }
}

/** `binary` with a text of the same length in the place of another. */
function replace(binary: Buffer, from: string, to: string): Buffer {
  const text = binary.toString('latin1').replaceAll(from, to);
  return Buffer.from(text, 'latin1');
}

function install(folder: string): void {
  const own = join(folder, modules, 'ancillary');
  for (const name of ['package.json', 'build/index.js', 'build/codec.js', 'build/chunks', 'build/cjs']) {
    cpSync(name, join(own, name), { recursive: true });
  }
  for (const name of ['koffi', '@koromix'])
    cpSync(`node_modules/${name}`, join(folder, modules, name), { recursive: true });
}

const t = suite('koffi');

for (const { name, spoil, flags = [], isBundled, before = '', says, hasNoCause } of conditions) {
  t.test(`${name}: one line says so`, () =>
    withTempDir(async (folder) => {
      install(folder);
      spoil?.(folder);
      const program = join(folder, 'program.mjs');
      writeFileSync(
        program,
        `import { AncillaryError, encode, socketpair } from 'ancillary';
        ${before}
        encode('x86_64-glibc', [{ fds: [3] }]);
        try {
          for (const end of socketpair()) end.closeSync();
          console.log('works');
        } catch (error) {
          console.log(error instanceof AncillaryError ? error.message : error);
          console.log(error.code, error.cause instanceof Error);
        }`,
      );
      if (isBundled) {
        const options = { bundle: true, platform: 'node', format: 'esm', allowOverwrite: true } as const;
        await build({ entryPoints: [program], outfile: program, absWorkingDir: folder, ...options });
      }
      const argv = typeof flags === 'function' ? flags(folder) : flags;
      const { stdout, stderr } = await run([process.execPath, '--no-warnings', ...argv, program]);
      const [message, facts, ...more] = stdout.toString().trimEnd().split('\n');
      if (typeof says === 'function') assert.is(message, says(folder), stderr);
      else assert.match(String(message), says, `${message} ${stderr}`);
      if (message !== 'works') assert.equal([facts, more], [`ERR_UNSUPPORTED ${!hasNoCause}`, []]);
    }),
  );
}

t.test('the limit of open files: one line says so, and once there is room it loads', async () => {
  const program = script(`
    import { closeSync, openSync } from 'node:fs';
    import { AncillaryError, socketpair } from 'ancillary';
    const open = [];
    try { for (;;) open.push(openSync('/dev/null')); } catch {}
    const attempt = () => {
      try {
        for (const end of socketpair()) end.closeSync();
        return 'works';
      } catch (error) {
        return [error instanceof AncillaryError, error.code, error.message].join(' ');
      }
    };
    const full = attempt();
    for (const fd of open) closeSync(fd);
    console.log(full);
    console.log(attempt());
  `);
  const { stdout, stderr } = await run(['sh', '-c', 'ulimit -n 60; exec "$0" "$@"', ...program]);
  const [full, later] = stdout.toString().split('\n');
  assert.match(
    String(full),
    /^true EMFILE koffi, .*no file can be opened: this process is at its limit of open files; close some/,
  );
  assert.is(later, 'works', stderr);
});

t.run();
