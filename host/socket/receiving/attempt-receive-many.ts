import { AncillaryError } from '../../errors/error.js';
import { closeAll } from '../../fd/close-all.js';
import type { Origin } from '../../fd/origin.js';
import { MSG_TRUNC } from '../../libc/constants.js';
import { EAGAIN, systemError } from '../../libc/errno.js';
import { NOT_YET } from '../../reactor/wait.js';
import { reserveStack } from '../../runtime/stack.js';
import { BATCH_MOST } from '../frame/batch-memory.js';
import type { MessageTrace } from '../frame/frame.js';
import { incomingBatch } from '../frame/incoming-batch.js';
import { publishReceived } from '../frame/incoming-frame.js';
import type { Message } from '../frame/message.js';
import { attemptReceive, END, type Receiver, STREAM_MOST, takeMessage } from './attempt-receive.js';
import type { ManyRoom } from './receive-many.js';

/** Bytes of room for data in one system call: where each message wants more of it, fewer come at once. */
const ROOM_MOST = 1 << 24;
/** From here on they are received one by one, each with room as it is asked for. */
const ALONE_FROM = 1 << 20;

/** What came: messages, and what one that did not come whole is refused with. */
type Outcome = Message | AncillaryError;

/**
 * What is there, up to `room.most` messages in their order, by recvmmsg: END when there is nothing but the end, NOT_YET
 * when there is nothing. A message that did not come whole ends nothing: the error that is thrown for it has all that
 * came, before it and behind it, as `received`.
 */
export function attemptReceiveMany(
  fd: number,
  room: ManyRoom,
  receiver: Receiver,
  origin: Origin,
  api?: (...args: never[]) => unknown,
): Message[] | typeof NOT_YET | typeof END {
  reserveStack();
  const outcomes: Outcome[] = [];
  const traces: MessageTrace[] = [];
  const { isRecord, hasEnd } = receiver.nature;
  // Where an empty record can be told from the end only by what is left behind it, nothing may be taken from there yet.
  const isEndHidden = isRecord && hasEnd && !receiver.isStamped && !receiver.settings.timestamps;
  const each = isRecord || room.maxData <= STREAM_MOST ? room : { ...room, maxData: STREAM_MOST };
  const receiveSome = isEndHidden || (isRecord && room.maxData > ALONE_FROM) ? receiveOne : receiveBatch;
  let state: State = 'more';
  try {
    while (state === 'more' && outcomes.length < room.most) {
      state = receiveSome(fd, each, receiver, origin, api, outcomes, traces);
    }
  } catch (error) {
    // Of JavaScript itself: no stack, no memory.
    closeAll(outcomes.flatMap(descriptorsOf));
    throw error;
  }
  // They may make calls of their own, which use the same memory.
  for (const trace of traces) publishReceived(trace);
  const failure = outcomes.find(isError);
  if (failure) throw outcomes.length === 1 ? failure : withOthers(failure, outcomes);
  if (outcomes.length > 0) return outcomes as Message[];
  return state === 'end' ? END : NOT_YET;
}

/** Whether there may be more, nothing is there at the moment, or the peer has closed. */
type State = 'more' | 'empty' | 'end';

type ReceiveSome = (
  fd: number,
  room: ManyRoom,
  receiver: Receiver,
  origin: Origin,
  api: ((...args: never[]) => unknown) | undefined,
  outcomes: Outcome[],
  traces: MessageTrace[],
) => State;

/** One recvmmsg. */
const receiveBatch: ReceiveSome = (fd, room, receiver, origin, api, outcomes, traces) => {
  const { nature, readFrom } = receiver;
  const { maxData } = room;
  const batch = incomingBatch();
  const count = Math.min(BATCH_MOST, room.most - outcomes.length, Math.max(1, Math.floor(ROOM_MOST / maxData)));
  const came = batch.receive(fd, count, maxData, nature.isRecord ? MSG_TRUNC : 0, readFrom !== undefined);
  if (came < 0) return failed(-came, 'recvmmsg', fd, outcomes);
  const publish = (trace: MessageTrace) => traces.push(trace);
  let isEnd = false;
  try {
    for (let i = 0; i < came && !isEnd; i++) {
      const { frame, size } = batch.take();
      try {
        const large = batch.giveRoom(Math.min(size, maxData));
        const message = takeMessage(frame, fd, size, large, room, receiver, origin, api, publish);
        if (message === END) isEnd = true;
        else outcomes.push(message);
      } catch (error) {
        if (!(error instanceof AncillaryError)) throw error;
        outcomes.push(error);
      }
    }
  } catch (error) {
    batch.closeUnowned();
    throw error;
  }
  if (isEnd) {
    // Behind it comes nothing but the end again, in every slot that there was.
    batch.closeUnowned();
    return 'end';
  }
  batch.settle(maxData);
  return came < count ? 'empty' : 'more';
};

/** One recvmsg, for messages that need room by the megabyte. */
const receiveOne: ReceiveSome = (fd, room, receiver, origin, api, outcomes) => {
  try {
    const message = attemptReceive(fd, room, receiver, origin, api);
    if (message === NOT_YET) return 'empty';
    if (message === END) return 'end';
    outcomes.push(message);
    return 'more';
  } catch (error) {
    if (!(error instanceof AncillaryError)) throw error;
    outcomes.push(error);
    // A message that is cut is no reason to stop; a socket that refuses is.
    return error.code === 'ERR_TRUNCATED' ? 'more' : 'empty';
  }
};

function failed(errno: number, syscall: string, fd: number, outcomes: Outcome[]): State {
  if (errno !== EAGAIN) outcomes.push(systemError(syscall, errno, `on descriptor ${fd}`));
  return 'empty';
}

function isError(outcome: Outcome): outcome is AncillaryError {
  return outcome instanceof AncillaryError;
}

function descriptorsOf(outcome: Outcome) {
  if (isError(outcome)) return [];
  return outcome.pidfd ? [...outcome.fds, outcome.pidfd] : outcome.fds;
}

/** The error for a batch of which not all is a message: what `failure` says, and all that came. */
function withOthers(failure: AncillaryError, received: readonly Outcome[]): AncillaryError {
  const { code, message, name: _name, ...details } = failure;
  const failures = received.filter(isError).length;
  const count = received.length - failures;
  const more = failures > 1 ? `, the first of ${failures} errors` : '';
  return new AncillaryError(
    code,
    `${message}; what else came is in the error as received, ${count} whole message${count === 1 ? '' : 's'}${more}`,
    { ...details, received },
  );
}
