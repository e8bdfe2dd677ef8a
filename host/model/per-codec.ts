import type { CodecInstance } from '../wasm/instance.js';

/** What `make` makes for an instance of the module, made once for each and kept as long as it. */
export function perCodec<T>(make: (codec: CodecInstance) => T): (codec: CodecInstance) => T {
  const made = new WeakMap<CodecInstance, { value: T }>();
  return (codec) => {
    let found = made.get(codec);
    if (!found) {
      found = { value: make(codec) };
      made.set(codec, found);
    }
    return found.value;
  };
}
