// The laboratory's module: the codec, and what works through many buffers at once. The library does not load it.

export * from './codec';
export { encodeRepeatedly } from './fuzz/repeat';
export { surveyBuffers } from './fuzz/survey';
