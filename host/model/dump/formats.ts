/** What a dump may be; `xxd` is every form with an offset on each line. */
export const FORMATS = ['hex', 'c', 'xxd', 'gdb', 'base64', 'strace'] as const;
export type DumpFormat = (typeof FORMATS)[number];
