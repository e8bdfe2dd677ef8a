// The codec module: what the library loads.

export {
  abiBig,
  abiCount,
  abiData,
  abiProof,
  abiText,
  abiUnit,
  abiWalk,
  abiWord,
  aliasAbi,
  aliasCount,
  aliasText,
} from './abi/row';
export { ftok } from './base/ftok';
export { numberCount, numberOf, numberText, systemText } from './abi/number';
export { describeStruct, structCount, structText } from './abi/struct';
export { isSigned, loadNumber, loadShort, storeNumber, storeShort, typeKind, typeText } from './abi/type';
export { dialectCount, dialectText } from './dialect/row';
export { walkAll } from './dialect/walk';
export { beginMessage, cmsgLen, cmsgSpace } from './codec/cmsg';
export { putIovec, readIovec, setIovec, setIovecLength } from './codec/iovec';
export {
  putMsghdr,
  readControllen,
  readFlags,
  readMsghdr,
  readNamelen,
  setControllen,
  setIovlen,
  setNamelen,
} from './codec/msghdr';
export { readMessage } from './codec/parse';
export { putCredentials } from './payload/credentials';
export { putRights } from './payload/rights';
export { encodeOutgoing, readIncoming, summarySize } from './payload/frame';
export {
  describePayload,
  hasPayload,
  payloadCount,
  payloadFlags,
  payloadLevel,
  payloadText,
  payloadType,
} from './payload/row';

/** The first free byte of linear memory; everything above is the host's arena. */
export function heapBase(): usize {
  return __heap_base;
}
