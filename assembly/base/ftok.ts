/**
 * The key of a file (ftok(3)): 8 bits of `id`, 8 of its device number, 16 of its inode number. Every libc of Linux makes
 * it so.
 */
export function ftok(dev: i32, ino: i32, id: i32): i32 {
  return (id << 24) | ((dev & 0xff) << 16) | (ino & 0xffff);
}
