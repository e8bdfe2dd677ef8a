/** What decides how the kernel stores a message of a System V queue, in bytes. */
export interface StorageSizes {
  page: number;
  /** sizeof(struct msg_msg), before the first part. */
  header: number;
  /** sizeof(struct msg_msgseg), before each further part. */
  segment: number;
  /** Whether first parts have slabs of their own (CONFIG_SLAB_BUCKETS, since Linux 6.11). */
  hasBuckets: boolean;
}

/** What Linux has on machines of 64 bits, for kernels that do not tell. */
export const USUAL_SIZES: StorageSizes = { page: 4096, header: 48, segment: 8, hasBuckets: true };
