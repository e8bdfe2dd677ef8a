/**
 * `ancillary/usocket`: what the package `usocket` offers, over this library. Nothing to compile, and none of its losses.
 *
 * @module ancillary/usocket
 */
export { UServer, type UServerOptions } from './usocket/server.js';
export { type Received, USocket, type USocketOptions, type USocketPlace, type Written } from './usocket/socket.js';
