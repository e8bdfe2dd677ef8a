// The kernel's own numbers: include/uapi/asm-generic/errno-base.h and errno.h, include/uapi/linux/ipc.h and msg.h. The
// same on every architecture that the model is compared on.

export const ENOENT: i32 = 2;
export const E2BIG: i32 = 7;
export const EAGAIN: i32 = 11;
export const EACCES: i32 = 13;
export const EFAULT: i32 = 14;
export const EEXIST: i32 = 17;
export const EINVAL: i32 = 22;
export const ENOSPC: i32 = 28;
export const EPERM: i32 = 1;
export const ENOSYS: i32 = 38;
export const ENOMSG: i32 = 42;

export const IPC_CREAT: u32 = 0o1000;
export const IPC_EXCL: u32 = 0o2000;
export const IPC_NOWAIT: u32 = 0o4000;
export const MSG_NOERROR: u32 = 0o10000;
export const MSG_EXCEPT: u32 = 0o20000;
export const MSG_COPY: u32 = 0o40000;

/** Permissions, as ipcperms() of ipc/util.c asks for them. */
export const READ: u32 = 4;
export const WRITE: u32 = 2;
