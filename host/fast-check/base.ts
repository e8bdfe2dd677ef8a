/** All that the arbitraries use of the library: in Node it is the file that holds it, so that an error class exists once. */
export { checkOptions, optionNames } from '../check/options.js';
export { show } from '../check/show.js';
export { checkInteger } from '../check/values.js';
export { AncillaryError, invalidArgument } from '../errors/error.js';
export { encodeControl } from '../model/encode.js';
export { type Layout, presentSizes, presentStruct, readLayout, type Struct } from '../model/layout.js';
export { readNumbers } from '../model/numbers.js';
export { findControlAbi } from '../model/rows.js';
export { readStructValues } from '../model/struct-values.js';
export { codecInstance } from '../wasm/instance.js';
