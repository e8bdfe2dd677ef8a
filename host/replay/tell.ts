/** What came, in the words of the museum's entries. */
import { Unavailable } from '../oracle/answer.js';
import type { Got } from './wire.js';

export function truncated({ isTruncated }: Pick<Got, 'isTruncated'>): string[] {
  return isTruncated ? ['MSG_CTRUNC'] : [];
}

/** `no descriptor`, `1 descriptor`, `2 descriptors` */
export function many(count: number, what: string): string {
  return count === 0 ? `no ${what}` : `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** What must have been taken for the rest to be asked. */
export function asked(answer: string): void {
  if (answer !== 'taken') throw new Unavailable(`sendmsg: ${answer}`);
}

export function bytesAre(bytes: Uint8Array, value: number): boolean {
  return bytes.every((byte) => byte === value);
}

export function textOf(data: Uint8Array): string {
  return String.fromCharCode(...data);
}
