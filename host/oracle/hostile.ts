/** Control buffers that no sane sender makes; the same ones every time. */

export interface HostileBuffer {
  control: Uint8Array;
  /** The seed and number that make it again. */
  name: string;
}

const SEED = 0x5c40cafe;
const MOST_BYTES = 96;

/** `count` buffers, whose lengths, of `word` bytes, are what walks stumble over; `level` is that of every message. */
export function* hostileBuffers(count: number, word: 4 | 8, level?: number): Iterable<HostileBuffer> {
  const next = mulberry32(SEED);
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  const header = word + 8;
  for (let i = 0; i < count; i++) {
    const control = new Uint8Array(below(MOST_BYTES + 1));
    const view = new DataView(control.buffer);
    for (let at = 0; at + header <= control.length; ) {
      const left = control.length - at;
      const length = pick(below, left, header);
      const value = BigInt.asUintN(8 * word, length);
      if (word === 8) view.setBigUint64(at, value, true);
      else view.setUint32(at, Number(value), true);
      view.setInt32(at + word, level ?? below(3), true);
      view.setInt32(at + word + 4, below(5), true);
      const step = value > 0n && value < BigInt(left) ? Math.ceil(Number(value) / word) * word : header;
      at += step;
    }
    yield { control, name: `buffer ${i} of seed 0x${SEED.toString(16)}` };
  }
}

function pick(below: (limit: number) => number, left: number, header: number): bigint {
  const near = (value: number) => BigInt(value - 2 + below(5));
  const choices = [
    () => near(header),
    () => near(left),
    () => BigInt(header + below(left)),
    () => BigInt(below(header)),
    () => (1n << BigInt(8 * below(9))) - 1n - BigInt(below(17)),
    () => (1n << 32n) + near(header),
    () => -BigInt(below(64)),
  ];
  return (choices[below(choices.length)] as () => bigint)();
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}
