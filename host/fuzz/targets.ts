import type { OpenTarget } from './target.js';

/** One kind of target, as it is named on the command line. */
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
  /** Opens it, in a job. Its code is loaded then: the command that only names targets does without. */
  readonly open: OpenTarget;
}

/** Every target, in the order in which help lists them. */
export const TARGETS: readonly TargetRow[] = [
  {
    name: 'dialects',
    takes: 'nothing',
    summary: 'two walks that go through the same bytes in different ways',
    isRisky: false,
    open: async (argument, context) => (await import('./targets/dialects.js')).openDialects(argument, context),
  },
  {
    name: 'codec',
    takes: 'nothing',
    summary: 'encoding, parsing and walking on every ABI: that it ends, stays inside and keeps values',
    isRisky: false,
    open: async (argument, context) => (await import('./targets/codec.js')).openCodec(argument, context),
  },
  {
    name: 'module',
    takes: 'file',
    summary: 'fuzz(data) that a JavaScript file exports, as Jazzer.js has it',
    isRisky: true,
    open: async (argument, context) => (await import('./targets/module.js')).openModule(argument, context),
  },
];
