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
] as const satisfies readonly TargetRow[];

export type TargetName = (typeof TARGETS)[number]['name'];
