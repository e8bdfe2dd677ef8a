// Unsigned integers of 1, 2, 4 or 8 bytes in either byte order, at any alignment.

/** The integer of `size` bytes at `at`. */
// @ts-ignore: decorator
@inline
export function loadUint(at: usize, size: u32, big: bool): u64 {
  if (size == 4) {
    const value = load<u32>(at);
    return big ? bswap<u32>(value) : value;
  }
  if (size == 8) {
    const value = load<u64>(at);
    return big ? bswap<u64>(value) : value;
  }
  if (size == 2) {
    const value = load<u16>(at);
    return big ? bswap<u16>(value) : value;
  }
  return load<u8>(at);
}

/** Stores the low `size` bytes of `value` at `at`. */
// @ts-ignore: decorator
@inline
export function storeUint(at: usize, size: u32, big: bool, value: u64): void {
  if (size == 4) store<u32>(at, big ? bswap<u32>(<u32>value) : <u32>value);
  else if (size == 8) store<u64>(at, big ? bswap<u64>(value) : value);
  else if (size == 2) store<u16>(at, big ? bswap<u16>(<u16>value) : <u16>value);
  else store<u8>(at, <u8>value);
}

/** The signed 32-bit integer (an `int` on every ABI here) at `at`. */
export function loadInt(at: usize, big: bool): i32 {
  const value = load<u32>(at);
  return <i32>(big ? bswap<u32>(value) : value);
}

/** Stores a signed 32-bit integer at `at`. */
export function storeInt(at: usize, big: bool, value: i32): void {
  store<u32>(at, big ? bswap<u32>(<u32>value) : <u32>value);
}
