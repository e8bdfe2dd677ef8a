// Texts of the row tables are string literals: static UTF-16, never allocated. A text crosses the boundary as the
// address of its first code unit; AssemblyScript keeps the length in bytes in the 4 bytes before it.

/** The address of a literal, as a row stores it. */
export function textAddress(text: string): u32 {
  return <u32>changetype<usize>(text);
}

/** The length in bytes of the UTF-16 text at `text`. */
export function textBytes(text: usize): i32 {
  return load<i32>(text - 4);
}
