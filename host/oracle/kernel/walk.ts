import { EINVAL } from '../../libc/errno.js';
import { walkControl } from '../../model/walk.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { Difference, type Verdict, verdictOf } from '../answer.js';
import { hostileBuffers } from '../hostile.js';
import { msghdrShape } from '../shape.js';
import { SOCK_DGRAM } from './numbers.js';
import { Kernel } from './socket.js';

/** The walk that sendmsg itself does: it is a row like those of C libraries, and ends where the call fails. */
export const KERNEL_WALK = 'linux-send';
const BUFFERS = 2000;
/** A level of nobody: the kernel looks at nothing but the lengths. */
const LEVEL = 0x7654;

/** Sends hostile buffers: the kernel must refuse those, and only those, whose walk the row says is rejected. */
export function askKernelWalk(codec: CodecInstance, abi: string): Verdict {
  const shape = msghdrShape(codec, abi);
  const kernel = new Kernel(shape);
  try {
    const [left, right] = kernel.pair(SOCK_DGRAM);
    return verdictOf((count) => {
      for (const { control, name } of hostileBuffers(BUFFERS, shape.word, LEVEL)) {
        const errno = kernel.trySend(left, control, new Uint8Array(1));
        if (errno === 0) kernel.receive(right);
        const end: string = walkControl(codec, abi, control, { dialect: KERNEL_WALK }).end;
        if ((errno === EINVAL) !== (end === 'reject') || (errno !== 0 && errno !== EINVAL)) {
          const said = errno === 0 ? 'takes' : `refuses (errno ${errno})`;
          const hex = Buffer.from(control).toString('hex');
          throw new Difference(`the kernel ${said} ${hex} (${name}), the row's walk ends with ${end}`);
        }
        count();
      }
    });
  } finally {
    kernel[Symbol.dispose]();
  }
}
