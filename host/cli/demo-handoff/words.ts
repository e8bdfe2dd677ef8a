import type { StoryEvent } from './story.js';

/** An event of the story, for people. */
export function describeEvent({ event, time, pid, ...more }: StoryEvent): string {
  return `${time.toFixed(3).padStart(7)} s  pid ${pid}  ${WORDS[event](more)}`;
}

type Words = (more: Record<string, unknown>) => string;

const WORDS: Record<StoryEvent['event'], Words> = {
  started: () => 'started',
  serves: ({ port }) => `serves at 127.0.0.1:${port}`,
  'took-over': ({ connections, ms, firstAnswerMs }) =>
    `took over ${connections} connections in ${ms} ms, first answer after ${firstAnswerMs} ms`,
  kept: ({ connections, reason }) => `keeps its ${connections} connections: ${reason}`,
  ended: ({ code, signal }) => (signal ? `was ended by ${signal}` : `ended with status ${code}`),
};
