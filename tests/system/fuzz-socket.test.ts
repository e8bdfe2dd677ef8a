/** Live servers: what is wrong with one is found from nothing, and nothing with one that is right. */
import { randomUUID } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Bug, countOpen, makeServers, type Servers, withServer } from '../support/fuzz-server.js';
import { fuzzing, fuzzJson, only } from '../support/fuzzing.js';
import { cli, Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('fuzz-socket');
const SLOW = { timeout: 80_000 };
let servers: Servers;
let sockets = 0;

t.before(() => {
  servers = makeServers();
});
t.after(() => servers.remove());

const newPath = () => join(servers.folder, `${sockets++}.sock`);
/** Enough to find each bug. */
const RUNS = '200';
const fuzzed = (name: string, ...argv: string[]) =>
  fuzzJson([`socket:${name}`, '--runs', RUNS, '--seed', '1', '--no-artifacts', '--timeout', '4s', ...argv], {
    limit: 75_000,
  });

const BUGS: [bug: Bug, type: string, name: string, cause: RegExp][] = [
  ['loop', 'stream', 'hang', /^the server serves no further connection$/],
  ['loop', 'dgram', 'hang', /^the server serves no further connection$/],
  ['waits', 'seqpacket', 'hang', /^the server serves no further connection$/],
  ['leak', 'stream', 'leak', /^the server keeps (a descriptor|\d+ descriptors) of each such message/],
  ['leak', 'dgram', 'leak', /^the server keeps/],
  ['short', 'stream', 'crash', /^the server ended: process \d+ is no more$/],
  ['short', 'seqpacket', 'crash', /^the server ended/],
];

for (const [bug, type, name, cause] of BUGS) {
  t.test(
    `${type}: a server with the bug '${bug}' is found to ${name}`,
    () =>
      withServer(servers, bug, newPath(), { TYPE: type }, async ({ child }) => {
        const path = child.spawnargs[2] as string;
        const { code, lines, stderr } = await fuzzed(path, '--runs', bug === 'leak' ? '10' : RUNS);
        assert.equal([code, stderr], [1, '']);
        const found = only(lines, 'finding');
        assert.equal(
          found.map((each) => each.class),
          [name],
        );
        assert.match(String(found[0]?.cause), cause);
      }),
    SLOW,
  );
}

for (const type of ['stream', 'seqpacket', 'dgram'])
  for (const isSilent of [false, true]) {
    t.test(
      `${type}${isSilent ? ', without answers' : ''}: nothing is found in a server that is right, which has no descriptor more`,
      () =>
        withServer(
          servers,
          'none',
          newPath(),
          { TYPE: type, ...(isSilent && { SILENT: '1' }) },
          async ({ child, pid }) => {
            const before = countOpen(pid);
            const { code, lines, stderr } = await fuzzed(child.spawnargs[2] as string, '--type', type);
            assert.equal([code, stderr], [0, '']);
            assert.is(only(lines, 'end')[0]?.executions, Number(RUNS), 'all were tried');
            await until('all is closed', () => countOpen(pid) === before);
          },
        ),
      SLOW,
    );
  }

t.test(
  'abstract names, relative paths of datagram sockets and links to sockets are found',
  async () => {
    const name = `@ancillary-${randomUUID()}`;
    await withServer(servers, 'none', name, {}, async () => assert.is((await fuzzed(name, '--runs', '20')).code, 0));
    const path = newPath();
    await withServer(servers, 'none', path, { TYPE: 'dgram' }, async () => {
      symlinkSync(path, `${path}.link`);
      assert.is((await fuzzed(`${path}.link`, '--runs', '20')).code, 0);
    });
  },
  SLOW,
);

t.test(
  'a finding is replayed with the server that was started anew, and not with one that is right',
  async () => {
    const path = newPath();
    const found = await withServer(servers, 'leak', path, {}, async () => {
      const argv = [`socket:${path}`, '--runs', '20', '--seed', '1', '--artifacts', join(servers.folder, 'found')];
      return only((await fuzzJson(argv)).lines, 'finding')[0];
    });
    const replay = () => run(cli('fuzz', 'replay', String(found?.file), '--json'), { limit: 30_000 });
    const next = newPath();
    await withServer(servers, 'leak', next, {}, async () => {
      const moved = await run(cli('fuzz', 'replay', String(found?.file), '--target', `socket:${next}`, '--json'), {
        limit: 30_000,
      });
      assert.is((JSON.parse(moved.stdout.toString()) as { class: string }).class, 'leak');
    });
    const gone = await replay();
    assert.equal([gone.code, /ECONNREFUSED.*start the server first/.test(gone.stderr)], [2, true], gone.stderr);
  },
  SLOW,
);

t.test(
  'no more than --rate inputs a second are sent, and --before goes first',
  () =>
    withServer(servers, 'none', newPath(), {}, async ({ child }) => {
      const before = join(servers.folder, 'before');
      writeFileSync(before, 'HELLO');
      const { code, lines } = await fuzzed(
        child.spawnargs[2] as string,
        '--runs',
        '20',
        '--rate',
        '10',
        '--before',
        before,
      );
      assert.is(code, 0);
      // The first ones are free.
      assert.ok(
        Number(only(lines, 'end')[0]?.seconds ?? only(lines, 'end')[0]?.elapsed) > 1,
        JSON.stringify(only(lines, 'end')),
      );
    }),
  SLOW,
);

t.test(
  'a killed run leaves no process, and the server as it was',
  () =>
    withServer(servers, 'none', newPath(), {}, async ({ child, pid }) => {
      const before = countOpen(pid);
      const running = fuzzing([`socket:${child.spawnargs[2]}`, '--no-artifacts', '--json']);
      await until('it runs', () => /"executions":[1-9]/.test(running.stdout.toString()), 20_000);
      await running.end('SIGKILL');
      await until('its jobs are gone', () => running.left().length === 0, 20_000);
      await until('all is closed', () => countOpen(pid) === before, 20_000);
      assert.is(child.exitCode, null);
    }),
  SLOW,
);

const REFUSED: [argv: string, message: RegExp][] = [
  ['socket:', /the target socket needs a path: socket:PATH/],
  ['socket:@/none', /connect \S+none: ENOENT, .*; start the server first/],
  ['socket:@/file', /cannot fuzz \S+file: it is a regular file, and no socket/],
  ['socket:@/here --type dgram', /EPROTOTYPE.*its type is another: leave out --type/],
  [
    'socket:@/here --type raw',
    /'--type <type>' argument 'raw' is invalid. Allowed choices are stream, seqpacket, dgram/,
  ],
  ['socket:@/here --jobs 2', /is one server, which is given one connection at a time: leave out --jobs and --shard/],
  ['socket:@/here --before @/none', /cannot read what --before names, \S+none: ENOENT/],
  ['socket:@/here --rate 0', /'--rate <n>' argument '0' is invalid/],
  ['socket:@/here --abi i386-glibc', /cannot fuzz a server as i386-glibc: this process runs on .*; leave --abi out/],
  [`socket:/${'x'.repeat(120)}`, /is too long for a socket: 107 bytes are the most/],
  ['dialects --before @/file', /--before is for targets that are connected to \(socket, exec\), not for dialects/],
  ['codec --rate 5', /--rate is for socket, not for codec/],
];

t.test(
  'what cannot be fuzzed is refused in one line',
  async () => {
    writeFileSync(join(servers.folder, 'file'), '');
    await withServer(servers, 'none', join(servers.folder, 'here'), {}, async () => {
      for (const [argv, message] of REFUSED) {
        const words = argv.replaceAll('@/', `${servers.folder}/`).split(' ');
        const { code, stderr, signal } = await run(cli('fuzz', ...words, '--runs', '1', '--no-artifacts'));
        assert.match(stderr, message);
        assert.equal(
          [
            code,
            signal,
            stderr
              .trim()
              .split('\n')
              .filter((line) => !line.startsWith('fuzzing ')).length,
          ],
          [2, null, 1],
          stderr,
        );
      }
    });
  },
  SLOW,
);

/** Debian's: what stands before it in PATH may be in the home of a user, where others cannot go. */
const PYTHON = '/usr/bin/python3';
const otherUser =
  process.getuid?.() === 0
    ? lacks('setpriv', '--reuid', '65534', '--clear-groups', PYTHON, '-c', '')
    : 'it takes root to be another user';
const OTHERS = 'a server of another user is refused, also to root, and gets nothing';
if (otherUser) t.skip(OTHERS, otherUser);
else
  t.test(
    OTHERS,
    async () => {
      const name = `@ancillary-${randomUUID()}`;
      // In a folder that only its maker can read there is no program for others: a shell reads it for them.
      const server = new Running([
        'setpriv',
        '--reuid',
        '65534',
        '--clear-groups',
        PYTHON,
        '-c',
        `import socket
s = socket.socket(socket.AF_UNIX); s.bind("\\0" + ${JSON.stringify(name.slice(1))}); s.listen()
print("ready", flush=True)
while True: c, _ = s.accept(); print(len(c.recv(9)), flush=True)`,
      ]);
      try {
        await until('it serves', () => server.stdout.includes('ready'));
        const { code, stderr } = await run(cli('fuzz', `socket:${name}`, '--runs', '1'));
        assert.equal(code, 2);
        assert.match(stderr, /the server at @\S+ is of user 65534, and you are 0: fuzz your own/);
        await until('it has read nothing', () => server.stdout.includes('0\n'));
        assert.is(server.stdout.toString(), 'ready\n0\n');
      } finally {
        await server.end();
      }
    },
    SLOW,
  );

t.run();
