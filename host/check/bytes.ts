// Looks at what a value is, not at whose class made it: in one process there are several Uint8Arrays (those of vm
// contexts, of Jest, of other realms), and `instanceof` knows one of them only.

import { invalidArgument } from '../errors/error.js';
import { show } from './show.js';

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** A getter of every typed array, as the language has it, whatever a subclass says. */
function getterOf<T>(name: string | symbol): (array: unknown) => T {
  const { get } = Object.getOwnPropertyDescriptor(typedArray, name) as PropertyDescriptor;
  return Function.prototype.call.bind(get as () => T) as (array: unknown) => T;
}

const tagOf = getterOf<string | undefined>(Symbol.toStringTag);
/** The memory behind a typed array. */
export const bufferOf = getterOf<ArrayBufferLike>('buffer');
const offsetOf = getterOf<number>('byteOffset');

/** Throws for an array that has lost its memory: the language looks before anything else. */
const valuesOf = Function.prototype.call.bind((typedArray as Uint8Array).values) as (array: Uint8Array) => unknown;

/** How many bytes there are now: 0 once their memory has been transferred or detached. */
export const byteLengthOf = getterOf<number>('byteLength');

/** Whether `value` is a Uint8Array (a Buffer is one), of whatever realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return tagOf(value) === 'Uint8Array';
}

/** `value`, if it is a Uint8Array that has its memory still. */
export function checkBytes(value: unknown, name: string): Uint8Array {
  if (!isBytes(value)) throw invalidArgument(`${name} must be a Uint8Array, not ${show(value)}`);
  return checkHeld(value, name);
}

/**
 * `bytes`, unless their memory has been transferred, or has become too short for them: their length is 0 then, and what
 * was meant is lost, where nothing at all was meant by an array that is empty.
 */
export function checkHeld(bytes: Uint8Array, name: string): Uint8Array {
  if (byteLengthOf(bytes) > 0) return bytes;
  try {
    valuesOf(bytes);
  } catch {
    throw invalidArgument(`${name} has lost its memory: it was transferred, or made smaller`);
  }
  return bytes;
}

/** A view of the bytes from `start` to `end`, which share their memory; no subclass has a say in what it is. */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bufferOf(bytes), offsetOf(bytes) + start, end - start);
}

/** Whether the memory behind `bytes` may become shorter and longer again, so that what a view shows cannot be relied on. */
export function isResizable(bytes: Uint8Array): boolean {
  return (bufferOf(bytes) as ArrayBufferLike & { resizable?: boolean }).resizable === true;
}
