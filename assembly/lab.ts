// The laboratory's module: the codec, and what works through many buffers at once. The library does not load it.

export * from './codec';
export { messageParts, messagePartSize, slabSize } from './kernel/message-parts';
export { encodeRepeatedly } from './fuzz/repeat';
export { surveyBuffers } from './fuzz/survey';
export { fuzzClass, fuzzClassCount } from './fuzz/classes';
export { fuzzCompare } from './fuzz/compare';
export { fuzzCorpusAt, fuzzCorpusCount, fuzzCorpusSize } from './fuzz/corpus';
export { fuzzWalkEdges } from './fuzz/coverage';
export { fuzzInput, fuzzInputSize, fuzzRoom, fuzzSetSize } from './fuzz/current';
export { fuzzCoverWalk, fuzzDialects, fuzzTryDialects } from './fuzz/dialects';
export {
  fuzzBegin,
  fuzzCover,
  fuzzGenerate,
  fuzzKeep,
  fuzzMutate,
  fuzzNext,
  fuzzSpace,
  fuzzStatistics,
} from './fuzz/engine';
export { fuzzAbi, fuzzCodec, fuzzCoverCodec, fuzzTryCodec } from './fuzz/promises';
export { fuzzRunning } from './fuzz/running';
export { areSameWalks, museumText, walkAny, walkCount } from './fuzz/walks';
export { fuzzAddWord } from './fuzz/words';
export {
  queueBegin,
  queueCall,
  queueCheckReceived,
  queueOperationSize,
  queueReceived,
  queueReset,
  queueSent,
  queueSpace,
  queueStates,
  queueStep,
} from './kernel/queue';
