// What the kernel holds: queues at slots, and the limits of their namespace. Everything lies in a stretch that the host
// gives:
//
//   call | queues | messages of each queue | the msgbuf that is sent | the msgbuf that is received

/** Queues at a time. */
export const SLOTS: u32 = 4;
/** Messages of a queue: no sequence has more operations. */
export const MESSAGES_MOST: u32 = 1024;

export const CALL_SIZE: u32 = 96;
const QUEUE_SIZE: u32 = 32;
/** A message: its type (i64), its size (u32), and which one of all that were sent it is (u32). */
export const MESSAGE_SIZE: u32 = 16;
export const TYPE: usize = 0;
export const SIZE: usize = 8;
export const SERIAL: usize = 12;
/** More bytes than a msgbuf has, which stay as they are. */
export const SLACK: u32 = 64;
/** sizeof(long), in front of the text. */
export const MTYPE: u32 = 8;

// Offsets in a queue, of u32 each; `key` counts from 1 on, 0 is IPC_PRIVATE.
export const IS_THERE: usize = 0;
export const QNUM: usize = 4;
export const CBYTES: usize = 8;
export const QBYTES: usize = 12;
/** Whether q_lspid and q_stime, q_lrpid and q_rtime have been written. */
export const IS_SENT: usize = 16;
export const IS_RECEIVED: usize = 20;
export const MODE: usize = 24;
export const KEY: usize = 28;

export let msgmax: u32;
export let msgmnb: u32;
export let msgmni: u32;
/** Whether the kernel has MSG_COPY (CONFIG_CHECKPOINT_RESTORE). */
export let hasCopy: bool;

export let call: usize;
let queues: usize;
let messages: usize;
export let sentBuffer: usize;
export let receivedBuffer: usize;
export let serial: u32;

function bufferSize(most: u32): u32 {
  return (MTYPE + most + SLACK + 15) & ~15;
}

/** Bytes that the model wants, where a message has `most` at most. */
export function queueSpace(most: u32): u32 {
  return CALL_SIZE + SLOTS * (QUEUE_SIZE + MESSAGES_MOST * MESSAGE_SIZE) + 2 * bufferSize(most);
}

/** Begins in a namespace with these limits: `space` is a multiple of 16, and queueSpace(max) bytes are there. */
export function queueBegin(space: usize, max: u32, mnb: u32, mni: u32, copies: bool): void {
  msgmax = max;
  msgmnb = mnb;
  msgmni = mni;
  hasCopy = copies;
  call = space;
  queues = call + CALL_SIZE;
  messages = queues + SLOTS * QUEUE_SIZE;
  sentBuffer = messages + SLOTS * MESSAGES_MOST * MESSAGE_SIZE;
  receivedBuffer = sentBuffer + bufferSize(max);
  // A pattern whose pieces differ, also where a page ends.
  for (let at: u32 = 0; at < max; at++) store<u8>(sentBuffer + MTYPE + at, <u8>(at + (at >> 8) + 1));
  queueReset();
}

/** What is in the buffer of what is received where nothing came. */
export const WIPED: u8 = 0xa5;

/** Forgets all queues, and what came where nothing was expected. */
export function queueReset(): void {
  memory.fill(receivedBuffer, WIPED, bufferSize(msgmax));
  memory.fill(queues, 0, SLOTS * QUEUE_SIZE);
  serial = 0;
}

/** Where the fields of a queue are. */
export function queueAt(slot: u32): usize {
  return queues + slot * QUEUE_SIZE;
}

/** Where the messages of a queue are, the oldest first. */
export function messagesAt(slot: u32): usize {
  return messages + slot * (MESSAGES_MOST * MESSAGE_SIZE);
}

/** The address of the description of the call, of the first queue, and of the buffers. */
export function queueCall(): usize {
  return call;
}
export function queueStates(): usize {
  return queues;
}
export function queueSent(): usize {
  return sentBuffer;
}
export function queueReceived(): usize {
  return receivedBuffer;
}

/** The number of the next message that is sent; 1 is the first. */
export function nextSerial(): u32 {
  return ++serial;
}

export function countQueues(): u32 {
  let count: u32 = 0;
  for (let slot: u32 = 0; slot < SLOTS; slot++) count += load<u32>(queueAt(slot), IS_THERE);
  return count;
}

/** Whether the mode grants its owner what is asked for, who has no CAP_IPC_OWNER. */
export function isGranted(queue: usize, asked: u32): bool {
  const owner = (load<u32>(queue, MODE) >> 6) & 7;
  return (asked & ~owner) == 0;
}
