/**
 * `ancillary/sysv`: System V message queues (sysvipc(7)), by which processes meet that share a key and nothing else.
 * Descriptors cannot travel in them: a queue tells where a Unix socket is, and that passes them.
 *
 * @module ancillary/sysv
 */
export { type FileIdentity, ftok, ftokOf } from '../sysv/key.js';
export { type QueueInfo, type QueueLimits, queueInfo } from '../sysv/limits.js';
export { listQueues } from '../sysv/list.js';
export type {
  QueueMessage,
  QueueMessageHead,
  QueueReceiveOptions,
  QueueReceiveSyncOptions,
  QueueSendOptions,
} from '../sysv/message.js';
export type { CreateQueueOptions, PrivateQueueOptions, QueueOptions } from '../sysv/opening.js';
export { MessageQueue } from '../sysv/queue.js';
export type { QueueSettings } from '../sysv/settings.js';
export type { QueueStatus, WholeStatus } from '../sysv/status.js';
