/**
 * What the codec module exports: the whole contract between host/ and assembly/. Pointers and offsets are numbers into
 * linear memory; `abi`, `dialect` and `payload` are row numbers. Each function is described in assembly/, in the file
 * of its group.
 */
export interface CodecExports {
  heapBase(): number;

  // base/ftok
  ftok(dev: number, ino: number, id: number): number;

  // abi/row
  abiCount(): number;
  abiText(abi: number, which: number): number;
  abiProof(abi: number): number;
  abiWalk(abi: number): number;
  abiWord(abi: number): number;
  abiBig(abi: number): number;
  abiUnit(abi: number): number;
  abiData(abi: number): number;
  aliasCount(): number;
  aliasText(alias: number): number;
  aliasAbi(alias: number): number;

  // abi/number
  numberCount(): number;
  numberText(symbol: number): number;
  numberOf(abi: number, symbol: number): number;
  systemText(abi: number): number;

  // abi/struct, abi/type
  structCount(): number;
  structText(struct: number): number;
  describeStruct(abi: number, struct: number, out: number): number;
  typeText(type: number): number;
  typeKind(type: number): number;
  isSigned(type: number): number;
  loadShort(abi: number, type: number, at: number): number;
  storeShort(abi: number, type: number, at: number, value: number): void;
  loadNumber(abi: number, type: number, at: number): bigint;
  storeNumber(abi: number, type: number, at: number, value: bigint): void;

  // dialect/row, dialect/walk
  dialectCount(): number;
  dialectText(dialect: number): number;
  walkAll(
    abi: number,
    dialect: number,
    control: number,
    size: number,
    address: number,
    skip: number,
    most: number,
    out: number,
  ): number;

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
  setIovec(abi: number, at: number, base: number, length: number): void;
  setIovecLength(abi: number, at: number, length: number): void;
  readIovec(abi: number, at: number, out: number): void;
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
  readMsghdr(abi: number, at: number, out: number): void;
  setNamelen(abi: number, at: number, namelen: number): void;
  readNamelen(abi: number, at: number): number;
  setIovlen(abi: number, at: number, iovlen: number): void;
  setControllen(abi: number, at: number, controllen: number): void;
  readControllen(abi: number, at: number): bigint;
  readFlags(abi: number, at: number): number;

  // payload/row
  payloadCount(): number;
  payloadText(payload: number): number;
  payloadLevel(payload: number): number;
  payloadType(payload: number): number;
  payloadFlags(payload: number): number;
  hasPayload(abi: number, payload: number): number;
  describePayload(abi: number, payload: number, out: number): number;

  // payload/rights, payload/credentials
  putRights(abi: number, control: number, room: number, used: number, fds: number, count: number): number;
  putCredentials(
    abi: number,
    control: number,
    room: number,
    used: number,
    pid: number,
    uid: number,
    gid: number,
  ): number;

  // payload/frame
  summarySize(): number;
  encodeOutgoing(
    abi: number,
    msghdr: number,
    control: number,
    room: number,
    summary: number,
    count: number,
    credentials: number,
  ): number;
  readIncoming(abi: number, msghdr: number, control: number, room: number, summary: number): number;
}

/** What the laboratory's module exports besides. */
export interface LabExports extends CodecExports {
  // kernel/message-parts
  messageParts(size: number, page: number, header: number, segment: number): number;
  messagePartSize(size: number, part: number, page: number, header: number, segment: number): number;
  slabSize(size: number): number;

  // fuzz/repeat
  encodeRepeatedly(abi: number, fds: number, control: number, room: number, count: number): number;

  // fuzz/survey
  surveyBuffers(
    abi: number,
    dialect: number,
    buffers: number,
    stride: number,
    sizes: number,
    count: number,
    out: number,
  ): void;

  // fuzz/engine, fuzz/current, fuzz/space
  fuzzSpace(): number;
  fuzzBegin(abi: number, space: number, size: number, seedLow: number, seedHigh: number): number;
  fuzzInput(): number;
  fuzzInputSize(): number;
  fuzzSetSize(size: number): number;
  fuzzRoom(): number;
  fuzzGenerate(): number;
  fuzzMutate(): number;
  fuzzNext(): number;
  fuzzKeep(): number;
  fuzzCover(counters: number, count: number): number;
  fuzzStatistics(out: number): void;

  // fuzz/words, fuzz/compare, fuzz/corpus
  fuzzAddWord(at: number, size: number): number;
  fuzzCompare(pairs: number, count: number): void;
  fuzzCorpusCount(): number;
  fuzzCorpusAt(index: number): number;
  fuzzCorpusSize(index: number): number;

  // fuzz/dialects, fuzz/promises, fuzz/classes
  fuzzDialects(first: number, second: number, limit: number): number;
  fuzzTryDialects(first: number, second: number): number;
  fuzzCoverWalk(walk: number): number;
  fuzzWalkEdges(): number;
  fuzzCodec(limit: number): number;
  fuzzTryCodec(abi: number): number;
  fuzzCoverCodec(abi: number): number;
  fuzzRunning(): number;
  fuzzAbi(): number;
  fuzzClass(): number;
  fuzzClassCount(number: number): number;

  // kernel/queue
  queueSpace(most: number): number;
  queueBegin(space: number, msgmax: number, msgmnb: number, msgmni: number, hasCopy: number): void;
  queueReset(): void;
  queueCall(): number;
  queueStates(): number;
  queueSent(): number;
  queueReceived(): number;
  queueOperationSize(): number;
  queueStep(at: number): number;
  queueCheckReceived(): number;

  // fuzz/walks
  walkCount(): number;
  museumText(walk: number): number;
  areSameWalks(abi: number, one: number, two: number): number;
  walkAny(
    abi: number,
    walk: number,
    control: number,
    size: number,
    address: number,
    skip: number,
    most: number,
    out: number,
  ): number;
}

// Of the codes in assembly/ those that the host tells apart: how walkAll ends (dialect/walk.ts) and why it refuses a
// header (dialect/check.ts), by number,
export const WALK_ENDS = ['end', 'loop', 'back', 'escape', 'reject'] as const;
export const WALK_REASONS = [undefined, 'EINVAL', 'panic', 'dropped', 'clipped'] as const;

// and of readMessage (codec/parse.ts).
export const PARSE_MESSAGE = 1;
