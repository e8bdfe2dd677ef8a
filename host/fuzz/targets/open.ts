import type { OpenTarget } from '../target.js';
import type { TargetName } from '../targets.js';
import { openCodec } from './codec.js';
import { openDialects } from './dialects.js';
import { openKernel } from './kernel.js';
import { openLibc } from './libc.js';
import { openModule } from './module.js';

/** What opens each kind of target. */
export const OPEN: Record<TargetName, OpenTarget> = {
  dialects: openDialects,
  codec: openCodec,
  module: openModule,
  libc: openLibc,
  kernel: openKernel,
};
