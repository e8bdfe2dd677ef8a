// A System V message queue as Linux has it: what each call must return, and what is in the queue then. Times and pids are
// not here, only whether they have been written.

export { queueCheckReceived } from './queue/receive';
export {
  queueBegin,
  queueCall,
  queueReceived,
  queueReset,
  queueSent,
  queueSpace,
  queueStates,
} from './queue/state';
export { queueOperationSize, queueStep } from './queue/step';
