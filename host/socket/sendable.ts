export { numberOfSendable, type Sendable } from '../fd/sendable.js';
