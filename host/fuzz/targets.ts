import type { Launch } from './launch.js';

/** One kind of target, as it is named on the command line. What opens it is known to jobs only (targets/open.ts). */
export interface TargetRow {
  readonly name: string;
  /** What stands behind the colon: `module:FILE`. */
  readonly takes: 'nothing' | 'file' | 'path' | 'command';
  /** For `ancillary fuzz targets` and its help. */
  readonly summary: string;
  /**
   * Whether an input may crash it or keep it for ever: each input is written where it outlives the job before it is
   * tried.
   */
  readonly isRisky: boolean;
  /**
   * Whether it is a process of somebody else's that goes on living: what is found is kept as it was found, since to try
   * it again would do it again.
   */
  readonly isLive?: boolean;
  /** Whether it watches by itself how long an input takes: the command waits for longer than that. */
  readonly isWatching?: boolean;
  /** How its job is started, where not as it is. */
  readonly launch?: () => Promise<Launch>;
}

/** Every target, in the order in which help lists them. */
export const TARGETS = [
  {
    name: 'dialects',
    takes: 'nothing',
    summary: 'two walks that go through the same bytes in different ways',
    isRisky: false,
  },
  {
    name: 'codec',
    takes: 'nothing',
    summary: 'encoding, parsing and walking on every ABI: that it ends, stays inside and keeps values',
    isRisky: false,
  },
  {
    name: 'module',
    takes: 'file',
    summary: 'fuzz(data) that a JavaScript file exports, as Jazzer.js has it',
    isRisky: true,
  },
  {
    name: 'libc',
    takes: 'nothing',
    summary: "the walk of this machine's C library, beside ours",
    isRisky: true,
  },
  {
    name: 'kernel',
    takes: 'nothing',
    summary: 'the running kernel: sendmsg and recvmsg over socket pairs, in namespaces of its own where allowed',
    // Whatever may be sent, a call that waits for nothing comes back.
    isRisky: false,
    launch: async () => (await import('./targets/kernel/namespaces.js')).launchInNamespaces(),
  },
  {
    name: 'wasm',
    takes: 'file',
    summary: 'LLVMFuzzerTestOneInput that a WebAssembly module exports, beside memory and malloc',
    isRisky: true,
  },
  {
    name: 'so',
    takes: 'file',
    summary: 'LLVMFuzzerTestOneInput that a shared library exports',
    isRisky: true,
  },
  {
    name: 'socket',
    takes: 'path',
    summary: 'a server of your own that runs: hostile control messages, odd descriptors',
    isRisky: true,
    isLive: true,
    isWatching: true,
  },
  {
    name: 'exec',
    takes: 'command',
    summary: 'a program that takes one connection as descriptor 3, started for each input',
    isRisky: true,
    isWatching: true,
  },
  {
    name: 'sysv',
    takes: 'nothing',
    summary: "System V message queues of the running kernel, beside a model, in a namespace of the job's own",
    // No call waits.
    isRisky: false,
    launch: async () => (await import('./targets/sysv/namespace.js')).launchInIpcNamespace(),
  },
] as const satisfies readonly TargetRow[];

export type TargetName = (typeof TARGETS)[number]['name'];
