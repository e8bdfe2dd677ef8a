// include/uapi/linux/ipc.h and msg.h: the same on every architecture that koffi runs on.

export const IPC_PRIVATE = 0;
export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;

export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;
export const MSG_INFO = 12;
/** Since Linux 4.17: no permission is needed. */
export const MSG_STAT_ANY = 13;

export const MSG_NOERROR = 0o10000;
export const MSG_EXCEPT = 0o20000;
/** Since Linux 3.8, of a kernel with CONFIG_CHECKPOINT_RESTORE. */
export const MSG_COPY = 0o40000;

/** The permission bits of a queue; nobody executes one. */
export const MODE_MOST = 0o777;
