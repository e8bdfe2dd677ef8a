// The current input, and the ABI that inputs are made for.

import { ROOM } from './generate';
import { input } from './space';

let size: u32;
export let currentAbi: i32;

/** Takes an ABI; the current input is empty. */
export function takeAbi(abi: i32): void {
  currentAbi = abi;
  size = 0;
}

/** Where the current input is. */
export function fuzzInput(): usize {
  return input;
}

/** Its bytes. */
export function fuzzInputSize(): u32 {
  return size;
}

/** The most bytes of an input. */
export function fuzzRoom(): u32 {
  return ROOM;
}

/** Says how many bytes were written there; returns how many are taken. */
export function fuzzSetSize(bytes: u32): u32 {
  size = min<u32>(bytes, ROOM);
  return size;
}

/** Makes an input that stands elsewhere the current one. */
export function setInput(at: usize, bytes: u32): void {
  memory.copy(input, at, bytes);
  size = bytes;
}
