import { native } from '../../libc/native.js';
import { bytesOfHex } from '../../model/hex.js';
import { SOCK_DGRAM } from '../kernel/numbers.js';
import { Kernel } from '../kernel/socket.js';
import { msghdrShape } from '../shape.js';

/**
 * Sends control buffers, in hexadecimal, for strace to watch: whether the kernel takes them does not matter. The data of
 * each is its number.
 */
export function sendForStrace(controls: readonly string[]): void {
  const { codec, abiId } = native();
  const kernel = new Kernel(msghdrShape(codec, abiId));
  try {
    const [left] = kernel.pair(SOCK_DGRAM);
    controls.forEach((control, i) => {
      kernel.trySend(left, bytesOfHex(control, 'control'), new TextEncoder().encode(String(i)));
    });
  } finally {
    kernel[Symbol.dispose]();
  }
}
