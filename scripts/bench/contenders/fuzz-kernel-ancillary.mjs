// The fuzzer's target `kernel` with inputs of its engine. The first of them are written down for fuzz-kernel.c, as they
// are sent.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import { processorTime, serve } from './serve.mjs';

// Not by its name: it has no declarations.
const bench = new URL('../../../build/bench/fuzz.js', import.meta.url);
const { Engine, KernelTarget, nativeAbi, openKernel, systemCalls } = await import(bench.href);

const CASES = 16384;
const WARM_UP = 500_000;
const SEED = 1n;
const MSG_CMSG_CLOEXEC = 0x40000000;

const file = join(tmpdir(), 'fuzz-kernel.stream');
if (process.argv[2] === 'record') {
  // The others must never see half of it.
  writeFileSync(`${file}.part`, record());
  renameSync(`${file}.part`, file);
  process.exit();
}
// In a process of its own: what is measured here should have been compiled for nothing else.
if (!existsSync(file)) execFileSync(process.execPath, [fileURLToPath(import.meta.url), 'record']);

const engine = new Engine({ abi: nativeAbi(), seed: SEED });
const target = openKernel('', { options: { abi: nativeAbi() } });
/** @param {number} n */
function fuzz(n) {
  for (let i = 0; i < n; i++) {
    const verdict = target.run(engine.next());
    if (verdict) throw new Error(`${verdict.class}: ${verdict.cause}`);
  }
}

// A run lasts minutes, and the compiler works beside it for a second or two, on the same processor time.
fuzz(WARM_UP);
serve(fuzz, processorTime);

/** The stream that fuzz-kernel.c describes. */
function record() {
  /** @typedef {{ sender: number, isCloseOnExec: boolean, room: number, control: Buffer }} Case */
  /** @type {Case[]} */
  const cases = [];
  const calls = systemCalls();
  /** @param {number} msghdr */
  const look = (msghdr) => new DataView(koffi.view(BigInt(msghdr), 56));
  const recorded = new KernelTarget({
    calls: {
      ...calls,
      sendmsg(/** @type {number} */ fd, /** @type {number} */ msghdr, /** @type {number} */ flags) {
        const size = Number(look(msghdr).getBigUint64(40, true));
        const control =
          size === 0 ? Buffer.alloc(0) : Buffer.from(koffi.view(look(msghdr).getBigUint64(32, true), size));
        cases.push({ sender: fd, isCloseOnExec: false, room: 0, control: Buffer.from(control) });
        return calls.sendmsg(fd, msghdr, flags);
      },
      recvmsg(/** @type {number} */ fd, /** @type {number} */ msghdr, /** @type {number} */ flags) {
        const last = /** @type {Case} */ (cases.at(-1));
        last.room = Number(look(msghdr).getBigUint64(40, true));
        last.isCloseOnExec = (flags & MSG_CMSG_CLOEXEC) !== 0;
        return calls.recvmsg(fd, msghdr, flags);
      },
    },
  });
  const source = new Engine({ abi: nativeAbi(), seed: SEED });
  for (let i = 0; i < CASES; i++) recorded.run(source.next());
  // Pairs are opened in order, and so have their numbers.
  const senders = [...new Set(cases.map(({ sender }) => sender))].sort((a, b) => a - b);
  const known = readdirSync('/proc/self/fd').map(Number).filter(isKnown);
  recorded.close();
  const head = Uint32Array.of(known.length, ...known, process.pid, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  const parts = cases.flatMap(({ sender, isCloseOnExec, room, control }) => [
    Buffer.from(Uint32Array.of(senders.indexOf(sender), isCloseOnExec ? 1 : 0, room, control.length).buffer),
    control,
    Buffer.alloc(-control.length & 7),
  ]);
  return Buffer.concat([Buffer.from(head.buffer), ...parts]);
}

/** Whether a descriptor is one that the C program should have as well: all but the three standard ones and the pairs. @param {number} fd */
function isKnown(fd) {
  try {
    return fd > 2 && fd < 512 && !readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    return false;
  }
}
