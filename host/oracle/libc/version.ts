import type { Koffi } from '../../libc/load.js';

/** glibc's walk changed in 2.37; some distributions have it in 2.36. */
export const OLD_WALK = 'glibc-le-2.36';
export const NEW_WALK = 'glibc-ge-2.37';

/** The version of the glibc that this process runs on, `2.36`. */
export function glibcVersion(koffi: Koffi): string {
  return String(koffi.load(null).func('const char *gnu_get_libc_version()')());
}

/** The walks that a version may have. */
export function walksOf(version: string): string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const is236 = major === 2 && minor === 36;
  return is236 ? [NEW_WALK, OLD_WALK] : major > 2 || minor > 36 ? [NEW_WALK] : [OLD_WALK];
}
