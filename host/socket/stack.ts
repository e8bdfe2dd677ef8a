export { reserveStack } from '../runtime/stack.js';
