/** The majors on which the short way was tried; node:worker_threads takes milliseconds of every start. */
const TRIED = new Set(['20', '22', '24', '26']);

/** Whether this is a worker thread. */
export const isWorker = findWorker();

function findWorker(): boolean {
  const [major = ''] = (process.versions.node ?? '').split('.');
  const isPlainNode = !process.versions.bun && !process.versions.electron && !('Deno' in globalThis);
  // In a worker process.chdir is a function that says so.
  if (isPlainNode && TRIED.has(major)) return (process.chdir as { disabled?: boolean }).disabled === true;
  return !process.getBuiltinModule('node:worker_threads').isMainThread;
}
