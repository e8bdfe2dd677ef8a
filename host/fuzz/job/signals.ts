import { constants } from 'node:os';

/** They are for the command, which stops its jobs; at a terminal they reach all of them. */
const LEFT_ALONE = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Has signals end the command and not this job, unless the target sends them to its own process. */
export function leaveSignalsAlone(): void {
  const ignore = () => undefined;
  for (const signal of LEFT_ALONE) process.on(signal, ignore);
  const kill = process.kill.bind(process);
  process.kill = (pid, signal = 'SIGTERM') => {
    const name = LEFT_ALONE.find((each) => each === signal || constants.signals[each] === signal);
    if (name && [process.pid, -process.pid, 0].includes(pid)) process.off(name, ignore);
    return kill(pid, signal);
  };
}
