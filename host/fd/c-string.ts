import { Buffer } from 'node:buffer';
import { native } from '../libc/native.js';

/** Lends `use` the native address of `text` as a string of C, NUL at its end. */
export function withCString<T>(text: string, use: (address: number) => T): T {
  const { codec, base } = native();
  const bytes = Buffer.from(`${text}\0`);
  return codec.arena.lend(bytes.length, (at) => {
    codec.bytes.set(bytes, at);
    return use(base + at);
  });
}
