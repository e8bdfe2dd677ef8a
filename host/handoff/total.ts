import type { CheckedOffer } from './options.js';

/** How many descriptors there are in all, as far as that is known now; `named` of them are listeners and files. */
export function totalOf({ connections, total }: CheckedOffer, named: number): number | undefined {
  if (connections === undefined) return named;
  if (total !== undefined) return named + (typeof total === 'function' ? total() : total);
  return Array.isArray(connections) ? named + connections.length : undefined;
}
