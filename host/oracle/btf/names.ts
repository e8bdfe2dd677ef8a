/**
 * What the kernel calls the structs of its interface (include/uapi, include/net/compat.h, include/linux/compat.h): `own`
 * for its own programs, `compat` for those of its 32-bit twin; one that is absent has no such struct. `time`: only where
 * a program's time_t has that many bytes; with another one its C library translates. A struct that is not listed has its
 * own name in both.
 */
export interface KernelName {
  own?: string;
  compat?: string;
  time?: 4 | 8;
}

export const KERNEL_NAMES: Record<string, readonly KernelName[]> = {
  msghdr: [{ own: 'user_msghdr', compat: 'compat_msghdr' }],
  cmsghdr: [{ own: 'cmsghdr', compat: 'compat_cmsghdr' }],
  iovec: [{ own: 'iovec', compat: 'compat_iovec' }],
  mmsghdr: [{ own: 'mmsghdr', compat: 'compat_mmsghdr' }],
  msqid_ds: [
    { own: 'msqid64_ds' },
    { compat: 'compat_msqid64_ds', time: 4 },
    // As it was before Linux 2.3.39, which dietlibc still has.
    { own: 'msqid_ds' },
  ],
  ipc_perm: [
    { own: 'ipc64_perm', compat: 'compat_ipc64_perm' },
    { own: 'ipc_perm', compat: 'compat_ipc_perm' },
  ],
  msqid64_ds: [{ own: 'msqid64_ds', compat: 'compat_msqid64_ds' }],
  ipc64_perm: [{ own: 'ipc64_perm', compat: 'compat_ipc64_perm' }],
  // Its twin, compat_msgbuf, has no place for text.
  msgbuf: [{ own: 'msgbuf' }],
  __kernel_old_timeval: [{ own: '__kernel_old_timeval', compat: 'old_timeval32' }],
  __kernel_old_timespec: [{ own: '__kernel_old_timespec', compat: 'old_timespec32' }],
  timeval: [
    { own: '__kernel_sock_timeval', compat: '__kernel_sock_timeval', time: 8 },
    { own: 'old_timeval32', compat: 'old_timeval32', time: 4 },
  ],
  timespec: [
    { own: '__kernel_timespec', compat: '__kernel_timespec', time: 8 },
    { own: 'old_timespec32', compat: 'old_timespec32', time: 4 },
  ],
  // Of the width of the program's time_t: the kernel has the one of its own programs only.
  scm_timestamping: [{ own: 'scm_timestamping' }],
};
