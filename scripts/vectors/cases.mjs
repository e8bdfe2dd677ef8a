/**
 * Hostile control buffers for walk.h, made for the header shape of one ABI: named examples on which the known walks
 * disagree, every interesting length in every position, every end of the buffer, and random mutations of good buffers.
 */

/**
 * How an ABI writes a header, and how wide its addresses are. `lengthSize` counts the pad beside a 32-bit cmsg_len (musl) as its upper half, which is
 * what the kernel sees there.
 * @typedef {{ word?: number, lengthSize: 4 | 8, header: number, data: number, unit: number, big: boolean }} Shape
 * @typedef {{ length?: bigint, level?: number, type?: number, payload?: number[], tight?: boolean }} Message
 * @typedef {{ name?: string, control: string, controllen: number }} Case
 */

/** The name of a shape's files. @param {Shape} shape */
export function nameShape({ word = 8, lengthSize, header, data, unit, big }) {
  return `${big ? 'be' : 'le'}${8 * word}-${lengthSize}-${header}-${data}-${unit}`;
}

/** The random cases follow from this number alone. */
export const SEED = 0x5c40_cafe;
const RANDOM_CASES = 400;
/** Levels and types of the random messages. @type {[number, number][]} */
const KINDS = [
  [1, 1],
  [1, 2],
  [0, 8],
  [41, 50],
];

/** @param {bigint | number} value @param {number} size @param {boolean} big */
function scalar(value, size, big) {
  const bytes = Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
  return big ? bytes.reverse() : bytes;
}

/** @param {Shape} shape @param {Message} message */
function message(shape, { length, level = 1, type = 1, payload = [], tight = false }) {
  const { lengthSize, header, data, unit, big } = shape;
  const bytes = [
    ...scalar(length ?? BigInt(data + payload.length), lengthSize, big),
    ...scalar(level, 4, big),
    ...scalar(type, 4, big),
  ];
  if (tight && payload.length === 0) return bytes;
  const pad = tight ? 0 : (unit - (payload.length % unit)) % unit;
  return [...bytes, ...zeros(data - header), ...payload, ...zeros(pad)];
}

/** @param {number} count @returns {number[]} */
const zeros = (count) => Array.from({ length: count }, () => 0);

/** @param {string | undefined} name @param {number[]} bytes @returns {Case} */
function whole(name, bytes) {
  const control = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { ...(name && { name }), control, controllen: bytes.length };
}

/** @param {Shape} shape @returns {Case[]} */
function examples(shape) {
  const { lengthSize, header, data, unit, big } = shape;
  /** @param {Message} [m] */
  const put = (m = {}) => message(shape, m);
  const empty = BigInt(data);
  const word = 1n << BigInt(8 * lengthSize);
  const one = scalar(1, 4, big);
  const small = { ...shape, lengthSize: /** @type {const} */ (4), header: 12, data: 12, unit: 4 };
  const wide = lengthSize === 8;
  return [
    whole('empty message last, exactly at the end', [...put({ payload: one }), ...put()]),
    whole('last message not padded', [...put({ payload: zeros(4) }), ...put({ payload: zeros(4), tight: true })]),
    whole('last message claims more than the room', [...put(), ...put({ length: empty + 8n })]),
    whole('zero length in slack', [...put(), ...put({ length: 0n }), 0]),
    whole('zero length alone', put({ length: 0n, tight: true })),
    whole('length one below the empty message', [...put({ length: empty - 1n }), ...put()]),
    ...(wide ? [whole('upper half of the length set', [...put({ length: (1n << 32n) + empty }), ...put(), 0])] : []),
    whole('length of all ones', put({ length: word - 1n, tight: true })),
    whole('length one unit below zero', put({ length: word - BigInt(unit), tight: true })),
    ...(wide ? [whole('length 2^32-1', put({ length: (1n << 32n) - 1n }))] : []),
    whole('one trailing byte', [...put(), 0]),
    whole('trailing zeros, four fewer than a header', [...put(), ...zeros(header - 4)]),
    whole('12-byte header alone', message(small, {})),
    whole('two well-formed messages', [...put({ payload: one }), ...put({ payload: one })]),
    whole('odd length 13 before a 12-byte header', [
      ...message(small, { length: 13n, payload: scalar(7, 4, big) }),
      ...message(small, {}),
    ]),
    whole('first length past the end', put({ length: empty + 1n, tight: true })),
    whole('no control', []),
  ];
}

/**
 * Where data does not follow the header at once, the Linux layout has the same sizes but other fields: what a program
 * that fills in the wrong one sends.
 * @param {Shape} shape
 */
function strangers({ word, header, data, unit, big }) {
  if (data === header) return [];
  const linux = examples({ ...(word && { word }), lengthSize: 8, header: data, data, unit, big });
  return linux.map((c) => ({ ...c, name: `${c.name}, in the Linux layout` }));
}

/** @param {Shape} shape */
function lengths({ lengthSize, header, data }) {
  const near = [header - 1, header, header + 1, data - 1, data, data + 1].map(BigInt);
  const below32 = Array.from({ length: 16 }, (_, i) => (1n << 32n) - 16n + BigInt(i));
  if (lengthSize === 4) return [...new Set([0n, 1n, ...near, (1n << 31n) - 1n, 1n << 31n, ...below32])];
  const below64 = below32.map((length) => length + (1n << 64n) - (1n << 32n));
  const middle = [(1n << 31n) - 1n, 1n << 31n, ...below32.slice(8), (1n << 32n) + 16n, 1n << 63n];
  return [...new Set([0n, 1n, ...near, ...middle, ...below64])];
}

/** @param {Shape} shape @returns {Case[]} */
function systematic(shape) {
  const { header, big } = shape;
  const good = message(shape, { payload: scalar(3, 4, big) });
  const empty = message(shape, { level: 0, type: 7 });
  const positions = lengths(shape).flatMap((length) => [
    whole(`length 0x${length.toString(16)} alone`, message(shape, { length, tight: true })),
    whole(`length 0x${length.toString(16)} first`, [...message(shape, { length, payload: zeros(8) }), ...good]),
    whole(`length 0x${length.toString(16)} second`, [...good, ...message(shape, { length, type: 2 }), ...empty]),
  ]);
  const trailing = Array.from({ length: 18 }, (_, n) => [
    whole(`${n} trailing zeros`, [...good, ...zeros(n)]),
    whole(`${n} trailing bytes of a message`, [...good, ...good.slice(0, n)]),
  ]);
  const single = message(shape, { payload: zeros(8) }).slice(0, header + 8);
  const ends = Array.from({ length: header + 9 }, (_, controllen) => ({
    ...whole(`controllen ${controllen} of one message`, single),
    controllen,
  }));
  return [...positions, ...trailing.flat(), ...ends];
}

/** mulberry32. @param {number} seed */
function random(seed) {
  let state = seed;
  /** A number from 0 up to and without `limit`. @param {number} limit */
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** @param {Shape} shape @param {number} count @returns {Case[]} */
function mutations(shape, count) {
  const { lengthSize, header, data, unit, big } = shape;
  const below = random(SEED);
  const hostile = lengths(shape);
  /** @template T @param {T[]} list @returns {T} */
  const pick = (list) => /** @type {T} */ (list[below(list.length)]);
  const wrap = (/** @type {number} */ value) => BigInt.asUintN(8 * lengthSize, BigInt(value));
  /** @param {number} size @param {number} room */
  const mutate = (size, room) =>
    pick([
      () => pick(hostile),
      () => wrap(size + below(2 * unit + 1) - unit),
      () => wrap(room + below(2 * header + 1) - header),
      () => wrap(below(64)),
      () => wrap(-below(64)),
      () => wrap(size) | (BigInt(below(3)) << BigInt(8 * lengthSize - 4)),
    ])();
  const words = [0, 1, data, data + 4, 0xffff_ffff].map((value) => scalar(value, 4, big));

  return Array.from({ length: count }, () => {
    const payloads = Array.from({ length: 1 + below(3) }, () => {
      const payload = Array.from({ length: 2 }, () => pick(words)).flat();
      return payload.slice(0, pick([0, 0, 1, 4, 4, 8, 5]));
    });
    const mutated = below(payloads.length);
    const tight = below(3) === 0;
    const space = payloads.map((payload) => message(shape, { payload }).length);
    const bytes = payloads.flatMap((payload, i) => {
      const room = space.slice(i).reduce((sum, size) => sum + size, 0);
      const last = i === payloads.length - 1;
      const change = i === mutated || below(6) === 0;
      const length = change ? mutate(data + payload.length, room) : undefined;
      const [level, type] = pick(KINDS);
      return message(shape, { ...(length !== undefined && { length }), level, type, payload, tight: tight && last });
    });
    const tail = pick([0, 0, 0, below(header + 4)]);
    return whole(undefined, pick([bytes, [...bytes, ...zeros(tail)], bytes.slice(0, bytes.length - below(unit))]));
  });
}

/** Every case once, with `count` random ones. @param {Shape} shape @returns {Case[]} */
export function hostileCases(shape, count = RANDOM_CASES) {
  const all = [...examples(shape), ...strangers(shape), ...systematic(shape), ...mutations(shape, count)];
  const seen = new Set();
  return all.filter(({ control, controllen }) => {
    const key = `${control}/${controllen}`;
    return !seen.has(key) && seen.add(key);
  });
}
