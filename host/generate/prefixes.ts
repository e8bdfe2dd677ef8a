/**
 * The first bytes of `bytes` from `start` on, `most` of them at most, as views that are made once for each size: a new one
 * for every input takes longer than to copy the input.
 */
export function prefixesOf(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  most: number,
): (size: number) => Uint8Array<ArrayBuffer> {
  const views = Array.from<Uint8Array<ArrayBuffer> | undefined>({ length: most + 1 });
  return (size) => {
    views[size] ??= bytes.subarray(start, start + size);
    return views[size];
  };
}
