// The codec module: what the library loads. Rows first, so that their tables are filled before anything reads them.

import './abi/rows';
import './dialect/rows';
import './payload/rows';

export { textBytes } from './base/text';
export { abiByte, abiCount, abiText } from './abi/row';
export { dialectCount, dialectText } from './dialect/row';
export { walkStep } from './dialect/walk';
export { beginMessage, cmsgLen, cmsgSpace } from './codec/cmsg';
export { putIovec } from './codec/iovec';
export { putMsghdr, readControllen, readFlags } from './codec/msghdr';
export { readMessage } from './codec/parse';
export { armIncoming, encodeOutgoing, frameSize, initFrame, readIncoming } from './payload/frame';
export {
  fieldBytes,
  fieldCount,
  fieldText,
  isMany,
  loadPayload,
  payloadCount,
  payloadLevel,
  payloadSize,
  payloadText,
  payloadType,
  repeats,
  storePayload,
} from './payload/row';

/** The first free byte of linear memory; everything above is the host's arena. */
export function heapBase(): usize {
  return __heap_base;
}
