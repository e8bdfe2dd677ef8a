/**
 * How Linux stores a message of a System V queue (ipc/msgutil.c, alloc_msg): a struct msg_msg with the first bytes
 * behind it, and then as many struct msg_msgseg as the rest takes; each fills one page at most. All sizes in bytes.
 */

/** In how many parts a message of `size` bytes is stored: one, and its segments. */
export function messageParts(size: u32, page: u32, header: u32, segment: u32): u32 {
  const first = page - header;
  if (size <= first) return 1;
  const most = page - segment;
  // Not rounded up by adding first: a size may be as great as an int.
  const rest = size - first;
  return 1 + rest / most + u32(rest % most > 0);
}

/** How many bytes of the message are in its part `part`, 0 for the first; 0 where there is no such part. */
export function messagePartSize(size: u32, part: u32, page: u32, header: u32, segment: u32): u32 {
  const first = page - header;
  if (part === 0) return min(size, first);
  const most = page - segment;
  if (part >= messageParts(size, page, header, segment)) return 0;
  return min(size - first - (part - 1) * most, most);
}

/**
 * The size of the slab that an allocation of `size` bytes up to a page is made in: a power of two, or 96, or 192. 0 for
 * more than 2^31, which nothing is.
 */
export function slabSize(size: u32): u32 {
  if (size > 64 && size <= 96) return 96;
  if (size > 128 && size <= 192) return 192;
  let slab: u32 = 8;
  while (slab < size && slab > 0) slab <<= 1;
  return slab;
}
