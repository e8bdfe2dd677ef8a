// The laboratory's module: the codec, and what works through many buffers at once. The library does not load it.

export * from './codec';
export { encodeRepeatedly } from './fuzz/repeat';
export { surveyBuffers } from './fuzz/survey';
export { fuzzClass, fuzzClassCount } from './fuzz/classes';
export { fuzzCompare } from './fuzz/compare';
export { fuzzCorpusAt, fuzzCorpusCount, fuzzCorpusSize } from './fuzz/corpus';
export { fuzzInput, fuzzInputSize, fuzzRoom, fuzzSetSize } from './fuzz/current';
export { fuzzDialects, fuzzTryDialects } from './fuzz/dialects';
export {
  fuzzBegin,
  fuzzCover,
  fuzzGenerate,
  fuzzKeep,
  fuzzMutate,
  fuzzNext,
  fuzzStatistics,
} from './fuzz/engine';
export { fuzzAbi, fuzzCodec, fuzzTryCodec } from './fuzz/promises';
export { fuzzSpace } from './fuzz/space';
export { museumText, walkAny, walkCount } from './fuzz/walks';
export { fuzzAddWord } from './fuzz/words';
