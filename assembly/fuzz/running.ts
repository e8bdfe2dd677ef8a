// What is being tried at this moment, for who looks at the memory of a process that does not come to an end:
//
//    0  u32  where the input is, 0 while none is tried
//    4  u32  its bytes
//    8  i32  the ABI
//   12  i32  the two walks, -1 where it is not of walks
//   16  i32
//   20

const RUNNING: usize = memory.data(20, 8);

/** Where that is. */
export function fuzzRunning(): usize {
  return RUNNING;
}

/** Says on what inputs are tried from now on. */
export function noteSubject(abi: i32, first: i32, second: i32): void {
  store<i32>(RUNNING, abi, 8);
  store<i32>(RUNNING, first, 12);
  store<i32>(RUNNING, second, 16);
}

/** An input is tried now. */
export function beginRunning(at: usize, size: u32): void {
  store<u32>(RUNNING, <u32>at);
  store<u32>(RUNNING, size, 4);
}

/** None is. */
export function endRunning(): void {
  store<u32>(RUNNING, 0);
}
