import type { OpenTarget } from '../target.js';
import type { TargetName } from '../targets.js';
import { openCodec } from './codec.js';
import { openDialects } from './dialects.js';
import { openExec } from './exec.js';
import { openKernel } from './kernel.js';
import { openLibc } from './libc.js';
import { openModule } from './module.js';
import { openSo } from './so.js';
import { openSocket } from './socket.js';
import { openSysv } from './sysv.js';
import { openWasm } from './wasm.js';

/** What opens each kind of target. */
export const OPEN: Record<TargetName, OpenTarget> = {
  dialects: openDialects,
  codec: openCodec,
  module: openModule,
  libc: openLibc,
  kernel: openKernel,
  wasm: openWasm,
  so: openSo,
  socket: openSocket,
  exec: openExec,
  sysv: openSysv,
};
