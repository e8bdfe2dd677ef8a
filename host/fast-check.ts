/**
 * `ancillary/fast-check`: arbitraries of [fast-check](https://fast-check.dev) for control messages, as any ABI has them.
 * They run under any test runner, shrink by messages, lengths and payloads, and are replayed by seed and path. No Node
 * API.
 *
 * fast-check is an optional peer dependency, 3 or 4, that this entry imports by its name: `npm install --save-dev
 * fast-check`. `import` and `require` give the same arbitraries, and they go with whichever build of fast-check the test
 * has loaded. In Node an import without it fails with an AncillaryError (`ERR_UNSUPPORTED`) that says so; a bundler says
 * that it cannot resolve it.
 *
 * @module ancillary/fast-check
 */
export { type BufferKind, type BufferOptions, controlBuffers } from './fast-check/buffers.js';
export { controlMessages, type GeneratedMessage, type MessageOptions } from './fast-check/messages.js';
export { type Msghdr, msghdrs } from './fast-check/msghdrs.js';
