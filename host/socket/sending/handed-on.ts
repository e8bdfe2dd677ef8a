/** What is to be done when the descriptor of such an object is passed to another process. */
const listeners = new WeakMap<object, () => void>();

/** Has `note` called each time `owner` is sent as a descriptor. */
export function whenHandedOn(owner: object, note: () => void): void {
  listeners.set(owner, note);
}

/** To be called of everything whose descriptors the kernel has taken to pass them on. Never throws. */
export function noteHandedOn(sendables: readonly unknown[]): void {
  for (const each of sendables) if (typeof each === 'object' && each !== null) listeners.get(each)?.();
}
