import { AncillaryError, checkHeld, invalidArgument, isBytes, show } from './base.js';
import { ITEM_JSON, ITEM_STATE } from './wire/constants.js';
import { malformed } from './wire/record.js';
import { decodeText, encodeText } from './wire/text.js';

/** A state as it travels. */
export interface EncodedState {
  /** ITEM_STATE, ITEM_JSON */
  readonly flags: number;
  readonly bytes: Uint8Array;
}

const NONE: EncodedState = { flags: 0, bytes: new Uint8Array(0) };

/** Encodes a state: bytes as they are (copied), anything else as JSON. `what` names it in errors. */
export function encodeState(state: unknown, what: string): EncodedState {
  if (state === undefined) return NONE;
  // A copy of our own class: it may change, or lose its memory, while it waits to be sent.
  if (isBytes(state)) return { flags: ITEM_STATE, bytes: new Uint8Array(checkHeld(state, what)) };
  let json: string | undefined;
  try {
    json = JSON.stringify(state);
  } catch (cause) {
    throw new AncillaryError('ERR_INVALID_ARGUMENT', `${what} has no JSON: ${(cause as Error).message}`, { cause });
  }
  if (json === undefined)
    throw invalidArgument(`${what} must be a Uint8Array or something that JSON has, not ${show(state)}`);
  return { flags: ITEM_STATE | ITEM_JSON, bytes: encodeText(json) };
}

/** The state of an item of these flags. Throws `ERR_PROTOCOL` for what says that it is JSON and is not. */
export function decodeState(bytes: Uint8Array | undefined, flags: number, what: string): unknown {
  if (bytes === undefined) return undefined;
  if (!(flags & ITEM_JSON)) return Buffer.from(bytes);
  try {
    return JSON.parse(decodeText(bytes, what));
  } catch {
    throw malformed(`${what} is no JSON`);
  }
}
