/**
 * `ancillary/notify`: what a service says to its manager (sd_notify(3)), what it gets from it when it starts
 * (sd_listen_fds(3)), and how often it must say that it lives (sd_watchdog_enabled(3)).
 *
 * @module ancillary/notify
 */
export { type ListenFd, type ListenFdsOptions, listenFds } from './notify/listen-fds.js';
export { type NotifyOptions, notify } from './notify/notify.js';
export type { NotifyState } from './notify/state.js';
export { type NamedListener, type ToListenersOptions, toListeners } from './notify/to-listeners.js';
export { type WatchdogOptions, watchdogInterval } from './notify/watchdog.js';
