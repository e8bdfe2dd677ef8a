import { isatty } from 'node:tty';
import type { Command } from 'commander';
import { AncillaryError } from '../../errors/error.js';
import { runLoad } from '../demo-handoff/load.js';
import { type LoadOrders, playPart } from '../demo-handoff/messages.js';
import { Screen } from '../demo-handoff/screen.js';
import type { Role } from '../demo-handoff/server.js';
import { LOAD_COMMAND, play, SERVER_COMMAND } from '../demo-handoff/stage.js';
import { Story, type StoryEvent, totalsOf } from '../demo-handoff/story.js';
import { describeEvent } from '../demo-handoff/words.js';
import { duration } from '../duration.js';
import { printJson, printLines, STDOUT } from '../output.js';

interface DemoHandoffOptions {
  json?: true;
  time: number;
}

const DEFAULT_TIME = '8s';

/** Adds `ancillary demo handoff`, and the hidden commands that its other processes run. */
export function addDemoHandoffCommand(program: Command, demo: Command): void {
  demo
    .command('handoff')
    .summary('show live connections moving between servers')
    .description('Has one HTTP server after the other take over under load, kills one in the middle, and counts.')
    .option('--json', 'one line of JSON for each event, and for the totals')
    .option('--time <time>', 'how long it runs, if the machine is fast enough', duration, duration(DEFAULT_TIME))
    .addHelpText('after', HELP)
    .action(demoHandoff);
  program
    .command(SERVER_COMMAND, { hidden: true })
    .argument('<path>')
    .argument('<role>')
    .action((path: string, role: Role) =>
      playPart(async () => {
        // Only here is any of the hand-off needed: no other command has to load it.
        const { runServer } = await import('../demo-handoff/server.js');
        return runServer(path, role);
      }),
    );
  program
    .command(LOAD_COMMAND, { hidden: true })
    .argument('<orders>')
    .action((orders: string) => playPart(() => runLoad(JSON.parse(orders) as LoadOrders)));
}

const HELP = `
A server answers 200 connections of another process: 160 idle, 40 busy, of which 4 connect anew for each request. Five
times a new server starts beside it and takes over: the listening socket and every connection move, and the old one
ends. The third is killed with SIGKILL when it holds connections that it has not confirmed: they go on where they were.
Each request has a number, which the server that gets it counts. (A file called handoff is shown by ancillary demo ./handoff.)

JSON: event (started, serves, took-over, kept, ended, totals), time in seconds, pid, connections, ms, firstAnswerMs, ...

Exit status: 0 when no request failed, no connection was reset or closed and nothing was answered twice, 1 otherwise,
2 for wrong usage, 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM.`;

async function demoHandoff({ json, time }: DemoHandoffOptions): Promise<void> {
  const isDrawn = !json && isatty(STDOUT) && process.env.TERM !== 'dumb';
  let printed: Promise<void> = Promise.resolve();
  const say = (event: StoryEvent) => {
    if (isDrawn) return;
    printed = printed.then(() => (json ? printJson(event) : printLines([describeEvent(event)])));
    printed.catch(() => undefined);
  };
  const story = new Story(say);
  const screen = new Screen(story, isDrawn);
  try {
    await play(story, time);
  } catch (error) {
    // What has happened until then is shown all the same.
    if (!(error instanceof AncillaryError)) throw error;
    story.faults.push(error.message);
  } finally {
    await screen.stop();
    await printed;
  }
  const totals = totalsOf(story);
  if (json) await printJson({ event: 'totals', ...totals, faults: story.faults });
  else await screen.finish();
  if (!totals.isGood) process.exitCode = 1;
}
