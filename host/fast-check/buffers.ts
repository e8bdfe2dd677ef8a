import { type Arbitrary, boolean, constantFrom, record } from 'fast-check';
import {
  checkInteger,
  checkOptions,
  codecInstance,
  encodeControl,
  invalidArgument,
  optionNames,
  show,
} from './base.js';
import { controlMessages, DEFAULT_MESSAGES, type MessageOptions, MOST_MESSAGES } from './messages.js';
import { anyPlan, FILLS, isFlawed, writePlan } from './plan.js';
import { shapeOf } from './shape.js';

/**
 * Which control buffers come: as programs write them, the last message with its padding or without; with one flaw at
 * least; or both.
 */
export type BufferKind = 'well-formed' | 'hostile' | 'any';

/** What control buffers are generated for. */
export interface BufferOptions extends MessageOptions {
  /** Default `any`. */
  kind?: BufferKind | undefined;
}

const BUFFER_OPTIONS = optionNames<BufferOptions>({ abi: true, maxMessages: true, kind: true });
const KINDS: readonly BufferKind[] = ['well-formed', 'hostile', 'any'];

/**
 * Control buffers of an ABI, what lies at msg_control with msg_controllen bytes.
 *
 * The flaws of hostile ones: a cmsg_len of 0, about the size of the header, about what is left, that wraps when it is
 * rounded up or added to, that goes back, with CMSG_SPACE in the place of CMSG_LEN, with one bit wrong; bytes behind the
 * last message (zeros, 0xff, 0xcc, noise); a last message without its padding; an end that is missing. Shrinks by leaving
 * messages out, mending one flaw after another, and shortening payloads; lengths follow.
 *
 * Throws `ERR_INVALID_ARGUMENT` for an unknown ABI or kind, `ERR_UNSUPPORTED` for an ABI without control messages.
 */
export function controlBuffers(options: BufferOptions): Arbitrary<Uint8Array> {
  const given = checkOptions(options, BUFFER_OPTIONS, 'controlBuffers');
  const { abi, maxMessages = DEFAULT_MESSAGES, kind } = given;
  const shape = shapeOf(abi);
  const most = checkInteger(maxMessages, 'maxMessages', 0, MOST_MESSAGES);
  switch (checkKind(kind)) {
    case 'well-formed':
      return record({
        messages: controlMessages({ abi, maxMessages: most }),
        tight: boolean(),
        fill: constantFrom(...FILLS),
      }).map(({ messages, tight, fill }) => encodeControl(codecInstance(), abi, messages, { tight, fill }).control);
    case 'hostile':
      return anyPlan(shape, most)
        .filter((plan) => isFlawed(shape, plan))
        .map((plan) => writePlan(shape, plan));
    default:
      return anyPlan(shape, most).map((plan) => writePlan(shape, plan));
  }
}

/** The kind, `any` by default. */
export function checkKind(kind: unknown): BufferKind {
  if (kind === undefined) return 'any';
  if (KINDS.some((each) => each === kind)) return kind as BufferKind;
  throw invalidArgument(`kind must be 'well-formed', 'hostile' or 'any', not ${show(kind)}`);
}
