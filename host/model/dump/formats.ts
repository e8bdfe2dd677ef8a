/** What a dump may be; `xxd` is every form with an offset on each line. */
export const FORMATS = ['hex', 'c', 'xxd', 'gdb', 'base64', 'strace'] as const;
export type DumpFormat = (typeof FORMATS)[number];

/** The most characters that are looked at: what holds no more bytes than fit needs fewer. */
export const MOST_TEXT = 16 << 20;
