/** How the event loop learns that the epoll instance has something ready. */
export interface Watch {
  /** Keeps the loop alive, and watches, from now on. */
  start(): void;
  /** Lets the loop end. */
  stop(): void;
}
