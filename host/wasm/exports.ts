/**
 * What the codec module exports: the whole contract between host/ and assembly/. Pointers and offsets are numbers into
 * linear memory; `abi`, `dialect` and `payload` are row numbers. Each function is described in assembly/, in the file
 * of its group.
 */
export interface CodecExports {
  heapBase(): number;

  // base/text
  textBytes(text: number): number;

  // abi/row
  abiCount(): number;
  abiText(abi: number, which: number): number;
  abiByte(abi: number, offset: number): number;

  // dialect/row, dialect/walk
  dialectCount(): number;
  dialectText(dialect: number, which: number): number;
  walkStep(abi: number, dialect: number, control: number, controllen: number, at: number, out: number): number;

  // codec/
  cmsgLen(abi: number, size: number): number;
  cmsgSpace(abi: number, size: number): number;
  beginMessage(
    abi: number,
    control: number,
    room: number,
    used: number,
    level: number,
    type: number,
    size: number,
    fill: number,
    tight: number,
  ): number;
  readMessage(abi: number, control: number, controllen: number, at: number, out: number): number;
  putIovec(abi: number, at: number, base: bigint, length: bigint): void;
  putMsghdr(
    abi: number,
    at: number,
    name: bigint,
    namelen: number,
    iov: bigint,
    iovlen: bigint,
    control: bigint,
    controllen: bigint,
    flags: number,
  ): void;
  readControllen(abi: number, at: number): bigint;
  readFlags(abi: number, at: number): number;

  // payload/row
  payloadCount(): number;
  payloadText(payload: number): number;
  payloadLevel(abi: number, payload: number): number;
  payloadType(abi: number, payload: number): number;
  payloadSize(payload: number, many: number): number;
  fieldBytes(payload: number, field: number): number;
  fieldCount(payload: number): number;
  fieldText(payload: number, field: number): number;
  isMany(payload: number, field: number): number;
  repeats(payload: number, size: number): number;
  loadPayload(abi: number, payload: number, field: number, index: number, data: number): number;
  storePayload(abi: number, payload: number, field: number, index: number, data: number, value: number): void;

  // payload/frame
  frameSize(): number;
  initFrame(abi: number, frame: number, data: number, base: bigint): void;
  encodeOutgoing(abi: number, frame: number, size: number, count: number, credentials: number): number;
  armIncoming(abi: number, frame: number, size: number): number;
  readIncoming(abi: number, frame: number): number;
}

// Of the codes in assembly/ those that the host tells apart: a status (base/status.ts),
export const E_UNSUPPORTED = -3;

// outcomes of walkStep (dialect/walk.ts),
export const WALK_HEADER = 0;
export const WALK_END = 1;
export const WALK_LOOP = 2;
export const WALK_BACK = 3;

// and of readMessage (codec/parse.ts).
export const PARSE_MESSAGE = 1;
