/** How a job is started. */
export interface Launch {
  /** Words to put before the command; none where it runs as it is. */
  readonly words: readonly string[];
  /** Why it runs in less than was wanted. */
  readonly note?: string;
}
