/**
 * @param {number[]} values
 * @param {number} share 0.5 for the median
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = /** @type {number} */ (sorted[Math.floor(at)]);
  const above = /** @type {number} */ (sorted[Math.ceil(at)]);
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * @typedef {{ median: number, low: number, high: number }} Spread low and high are the quartiles
 *
 * @param {number[]} values
 * @returns {Spread}
 */
export function spread(values) {
  return { median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/**
 * Round by round, because what else the machine does in a round slows both alike.
 *
 * @param {number[]} samples @param {number[]} peer @param {'ratio' | 'difference'} how
 */
export function compare(samples, peer, how) {
  return spread(
    samples.map((value, round) => {
      const other = /** @type {number} */ (peer[round]);
      return how === 'ratio' ? value / other : value - other;
    }),
  );
}
