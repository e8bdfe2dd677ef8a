/** Between the steps of bind and listen: whatever fails there leaves nothing, and what others put there is theirs. */
import fs, {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { UnixDatagram, UnixListener, UnixSeqpacketListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { RENAME_EXCHANGE, RENAME_NOREPLACE } from '../../host/libc/constants.js';
import { failWith, type Steps, withFiles, withSteps } from '../support/calls.js';
import { openFds, settledFds } from '../support/descriptors.js';
import { bindOther } from '../support/native.js';
import { makeStale } from '../support/stale.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('opening-steps');

const { EIO } = constants.errno;

interface Opened extends Disposable {
  closeSync(): void;
}

const KINDS: Record<string, (path: string, mode?: number) => Opened> = {
  UnixDatagram: (path, mode) => UnixDatagram.bindSync(path, { mode }),
  UnixListener: (path, mode) => UnixListener.listenSync(path, { mode }),
  UnixSeqpacketListener: (path, mode) => UnixSeqpacketListener.listenSync(path, { mode }),
};

const listen = KINDS.UnixListener as (path: string, mode?: number) => Opened;

const inodeAt = (path: string) => statSync(path).ino;
const modeAt = (path: string) => statSync(path).mode & 0o777;

const fail = () => {
  throw Object.assign(new Error('no'), { code: 'EIO', errno: -EIO, syscall: 'x' });
};

/** What Node's own functions and libc's are while something is opened. */
interface Failure {
  files?: Parameters<typeof withFiles>[0];
  steps?: Steps;
  mode?: number;
}

/** Steps that come before the file is there, and after. */
const FAILURES: Record<string, Failure> = {
  'its permissions cannot be narrowed beforehand': { files: { fchmodSync: fail }, mode: 0o600 },
  'it cannot be bound': { steps: { bind: () => failWith(EIO) } },
  'its file cannot be looked at once it is there': { files: { lstatSync: fail } },
  'the mode of its file cannot be set': { files: { chmodSync: fail }, mode: 0o600 },
  'it cannot listen': { steps: { listen: () => failWith(EIO) } },
};

for (const [kind, open] of Object.entries(KINDS)) {
  for (const [what, { files = {}, steps = {}, mode }] of Object.entries(FAILURES)) {
    if (kind === 'UnixDatagram' && steps.listen) continue;
    t.test(`${kind}: when ${what}, neither its file nor a descriptor is left`, () =>
      withTempDir(async (folder) => {
        const path = join(folder, 's');
        open(path).closeSync();
        const before = await settledFds();
        const error = await thrownBy(() => withFiles(files, () => withSteps(steps, () => open(path, mode))));
        assert.equal([error.name, error.code], ['AncillaryError', 'EIO']);
        assert.equal([readdirSync(folder), openFds()], [[], before]);
        open(path, mode).closeSync();
      }),
    );
  }

  t.test(`${kind}: when a step fails, a file that another has put in its place meanwhile stays`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      let theirs = -1;
      const chmodSync = () => {
        unlinkSync(path);
        theirs = bindOther('datagram', path);
        fail();
      };
      assert.is((await thrownBy(() => withFiles({ chmodSync }, () => open(path, 0o600)))).code, 'EIO');
      assert.equal(readdirSync(folder), ['s']);
      closeSync(theirs);
    }),
  );

  t.test(`${kind}: its file is no wider than its mode at any moment, and not narrower in the end`, () =>
    withTempDir(async (folder) => {
      const before = process.umask(0o022);
      try {
        for (const mode of [0o600, 0o666, 0o000, 0o777]) {
          const path = join(folder, 's');
          const seen: number[] = [];
          const bind: Steps['bind'] = (call, ...args) => {
            const result = call(...args);
            if (existsSync(path)) seen.push(modeAt(path));
            return result;
          };
          const atListen: number[] = [];
          const listens: Steps['listen'] = (call, ...args) => {
            atListen.push(modeAt(path));
            return call(...args);
          };
          const socket = await withSteps({ bind, listen: listens }, () => open(path, mode));
          // Whoever may connect can from the moment that anybody can.
          assert.equal([seen, atListen, modeAt(path)], [[mode & ~0o022], kind === 'UnixDatagram' ? [] : [mode], mode]);
          socket.closeSync();
        }
      } finally {
        process.umask(before);
      }
    }),
  );

  t.test(`${kind}: the mode is that of its own file, not of what is at the path by then`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      const { chmodSync } = fs;
      let theirs = -1;
      const swap = (...args: Parameters<typeof chmodSync>) => {
        if (theirs < 0) {
          renameSync(path, `${path}-own`);
          theirs = bindOther('datagram', path);
          chmodSync(path, 0o640);
        }
        chmodSync(...args);
      };
      const socket = await withFiles({ chmodSync: swap }, () => open(path, 0o606));
      assert.equal([modeAt(path), modeAt(`${path}-own`)], [0o640, 0o606]);
      socket.closeSync();
      assert.equal(readdirSync(folder).sort(), ['s', 's-own']);
      closeSync(theirs);
    }),
  );

  t.test(`${kind}: where the mode of its own file cannot be set, no other file is given it by its path`, () =>
    withTempDir(async (folder) => {
      const paths: string[] = [];
      const chmodSync = (path: string) => {
        paths.push(path);
        if (path.startsWith('/proc/')) fail();
      };
      assert.is((await thrownBy(() => withFiles({ chmodSync }, () => open(join(folder, 's'), 0o600)))).code, 'EIO');
      assert.equal([paths.length, readdirSync(folder)], [1, []]);
    }),
  );

  for (const [where, files] of [
    [
      'where there is no /proc',
      (chmodSync: typeof fs.chmodSync) => ({
        chmodSync: (path: string, mode: number) => {
          if (path.startsWith('/proc/')) throw Object.assign(new Error('no'), { code: 'ENOENT', errno: -2 });
          chmodSync(path, mode);
        },
      }),
    ],
    ['where its file cannot be opened', () => ({ openSync: fail })],
  ] as const) {
    t.test(`${kind}: ${where} the mode is set all the same, and the file goes with the socket`, () =>
      withTempDir(async (folder) => {
        const path = join(folder, 's');
        const socket = await withFiles(files(fs.chmodSync), () => open(path, 0o612));
        assert.is(modeAt(path), 0o612);
        socket.closeSync();
        assert.equal(readdirSync(folder), []);
      }),
    );
  }
}

/** Somebody else who listens at the path from now on, whatever was there. */
function takeOver(path: string): UnixListener {
  if (existsSync(path)) unlinkSync(path);
  return UnixListener.listenSync(path);
}

/**
 * Runs `work`, which fails, with steps before its renames by number, counted from 1. Returns the error and how each was
 * made.
 */
async function withRenames(before: Record<number, () => void>, work: () => unknown) {
  const flags: number[] = [];
  const renameat2: Steps['renameat2'] = (call, ...args) => {
    flags.push(args[4] as number);
    before[flags.length]?.();
    return call(...args);
  };
  const { code } = await withSteps({ renameat2 }, () => thrownBy(work));
  return { code, flags };
}

/**
 * Somebody listens right before the exchange, so that his file comes out of it; what becomes of the path then.
 */
const PUT_BACK: Record<string, [steps: Record<number, (path: string) => UnixListener | undefined>, renames: number[]]> =
  {
    'it goes back': [{}, [RENAME_EXCHANGE, RENAME_EXCHANGE]],
    'where the placeholder has been removed, it goes back too': [
      { 2: (path) => void unlinkSync(path) },
      [RENAME_EXCHANGE, RENAME_EXCHANGE, RENAME_NOREPLACE],
    ],
    'where another has the place by then, that one stays': [
      { 2: (path) => void unlinkSync(path), 3: takeOver },
      [RENAME_EXCHANGE, RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_NOREPLACE],
    ],
  };
for (const [what, [more, renames]] of Object.entries(PUT_BACK)) {
  t.test(`the file of somebody who listens just before the exchange comes out of it: ${what}`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      makeStale(path);
      const others: UnixListener[] = [];
      let last = 0;
      const all: typeof more = { 1: takeOver, ...more };
      const steps = Object.fromEntries(
        Object.entries(all).map(([number, step]) => [
          number,
          () => {
            const other = step(path);
            if (!other) return;
            others.push(other);
            last = inodeAt(path);
          },
        ]),
      );
      const { code, flags } = await withRenames(steps, () => listen(path));
      assert.equal([code, readdirSync(folder), inodeAt(path), flags], ['EADDRINUSE', ['s'], last, renames]);
      UnixStream.connectSync(path).closeSync();
      for (const other of others) other.closeSync();
      assert.equal(readdirSync(folder), []);
    }),
  );
}

/** The stale file is gone and the placeholder about to be taken away, when somebody listens in its place. */
for (const [what, isTaken] of [
  ['his file goes back', false],
  ['where another came into the gap that this made, his file goes back all the same', true],
] as const) {
  t.test(`the file of somebody who listens where the placeholder was is not taken away: ${what}`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      makeStale(path);
      const others: UnixListener[] = [];
      let first: number | undefined;
      const come = () => {
        others.push(takeOver(path));
        first ??= inodeAt(path);
      };
      const { code } = await withRenames(isTaken ? { 2: come, 3: come } : { 2: come }, () => listen(path));
      assert.equal([code, readdirSync(folder), inodeAt(path)], ['EADDRINUSE', ['s'], first]);
      UnixStream.connectSync(path).closeSync();
      for (const other of others) other.closeSync();
    }),
  );
}

/** Runs `meanwhile` right after `path` has been bound; opens a listener there. */
const listenWhile = (path: string, meanwhile: () => void, files: Parameters<typeof withFiles>[0] = {}) =>
  withFiles(files, () => {
    let isDone = false;
    const bind: Steps['bind'] = (call, ...args) => {
      const result = call(...args);
      if (!isDone && result === 0) {
        isDone = true;
        meanwhile();
      }
      return result;
    };
    return withSteps({ bind }, () => listen(path));
  });

t.test('a file that somebody else listens at before its own socket does is his: it stays', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    let other: UnixListener | undefined;
    const listener = await listenWhile(path, () => {
      other = takeOver(path);
    });
    const inode = inodeAt(path);
    listener.closeSync();
    assert.equal([readdirSync(folder), inodeAt(path)], [['s'], inode]);
    UnixStream.connectSync(path).closeSync();
    other?.closeSync();
    assert.equal(readdirSync(folder), []);
  }),
);

/** What marks it: the sticky bit. */
const PLACEHOLDER_MODE = 0o1777;

for (const [what, isBack] of [
  ['is back a moment later goes with its socket', true],
  ['does not come back leaves what is there to its owner', false],
] as const) {
  t.test(`a file that another process has exchanged for its placeholder and that ${what}`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      const placeholder = join(folder, 'placeholder');
      // Bound, and it never listens.
      const steps: Steps = { listen: () => 0 };
      let other: Opened | undefined;
      await withSteps(steps, () => {
        other = UnixListener.listenSync(placeholder);
      });
      chmodSync(placeholder, PLACEHOLDER_MODE);
      let looks = 0;
      const lstat = (...args: Parameters<typeof lstatSync>) => {
        const seen = original(...args);
        // Right behind the look, which is of the placeholder still.
        if (args[0] === path && ++looks === 6 && isBack) renameSync(`${path}-own`, path);
        return seen;
      };
      const original = lstatSync;
      const listener = await listenWhile(
        path,
        () => {
          renameSync(path, `${path}-own`);
          renameSync(placeholder, path);
        },
        { lstatSync: lstat },
      );
      assert.ok(looks >= 6, `${looks} looks`);
      const inode = inodeAt(path);
      listener.closeSync();
      assert.is(existsSync(path), !isBack);
      if (!isBack) assert.is(inodeAt(path), inode);
      other?.closeSync();
    }),
  );
}

t.run();
