/**
 * What the kernel calls the structs of its interface (include/uapi, include/net/compat.h, include/linux/compat.h): in
 * its own programs, and in those of its 32-bit twin. Where there are two, `time` tells which it is: by the bytes of
 * tv_sec. A struct that is not listed has its own name in both.
 */
export interface KernelName {
  own: string;
  compat?: string;
  /** Bytes of tv_sec there. */
  time?: number;
}

export const KERNEL_NAMES: Record<string, readonly KernelName[]> = {
  msghdr: [{ own: 'user_msghdr', compat: 'compat_msghdr' }],
  cmsghdr: [{ own: 'cmsghdr', compat: 'compat_cmsghdr' }],
  iovec: [{ own: 'iovec', compat: 'compat_iovec' }],
  mmsghdr: [{ own: 'mmsghdr', compat: 'compat_mmsghdr' }],
  msqid_ds: [
    { own: 'msqid64_ds', compat: 'compat_msqid64_ds' },
    // As it was before Linux 2.3.39, which dietlibc still has.
    { own: 'msqid_ds', compat: 'compat_msqid_ds' },
  ],
  ipc_perm: [
    { own: 'ipc64_perm', compat: 'compat_ipc64_perm' },
    { own: 'ipc_perm', compat: 'compat_ipc_perm' },
  ],
  __kernel_old_timeval: [{ own: '__kernel_old_timeval', compat: 'old_timeval32' }],
  __kernel_old_timespec: [{ own: '__kernel_old_timespec', compat: 'old_timespec32' }],
  timeval: [
    { own: '__kernel_sock_timeval', compat: '__kernel_sock_timeval', time: 8 },
    { own: '__kernel_old_timeval', compat: 'old_timeval32', time: 4 },
    { own: 'old_timeval32', compat: 'old_timeval32', time: 4 },
  ],
  timespec: [
    { own: '__kernel_timespec', compat: '__kernel_timespec', time: 8 },
    { own: 'old_timespec32', compat: 'old_timespec32', time: 4 },
  ],
};

/** Structs whose members have the width of the program's time_t: the kernel's twin for 32 bits has no name of its own. */
export const OWN_ONLY: ReadonlySet<string> = new Set(['scm_timestamping']);
