/**
 * Hand-offs under load from tools of others, and an old process that is killed in the middle: what
 * scripts/handoff/proof.mjs looks at, for `HANDOFF_SECONDS` (6) and `HANDOFF_IDLE` idle connections (1000).
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { runTool, toolsIn } from '../../scripts/handoff/tools.mjs';
import { run } from '../support/process.js';
import { suite } from '../support/suite.js';

const { HANDOFF_SECONDS = '6', HANDOFF_IDLE = '1000' } = process.env;
const LIMIT = (Number(HANDOFF_SECONDS) + 240) * 1000;

const tools = toolsIn('scripts/handoff');

const t = suite('handoff-load');

interface Finding {
  name: string;
  found: number | string;
  wanted: string;
  isMet: boolean;
  isMeasure?: boolean;
}

/** What has been found, and is not as promised. What depends on how busy the machine is, is none of it. */
async function brokenIn(part: string): Promise<string[]> {
  const args = ['--only', part, '--seconds', HANDOFF_SECONDS, '--idle', HANDOFF_IDLE, '--json'];
  const { stdout, stderr } = await run([process.execPath, 'scripts/handoff/proof.mjs', ...args], { limit: LIMIT });
  assert.is(stderr, '');
  const [{ findings }] = JSON.parse(stdout.toString()) as [{ findings: Finding[] }];
  assert.ok(findings.length > 2, 'something was looked at');
  return findings
    .filter(({ isMet, isMeasure }) => !isMet && !isMeasure)
    .map(({ name, found, wanted }) => `${name}: ${found}, not ${wanted}`);
}

for (const tool of tools) {
  const title = `${tool.name} itself tells of connections that are reset, of wrong answers, and of those that come twice`;
  const lack = tool.lack();
  if (lack) t.skip(title, lack);
  else
    t.test(title, async () => {
      let count = 0;
      const server = createServer((request, response) => {
        count++;
        if (count % 50 === 0) request.socket.resetAndDestroy();
        else if (count % 30 === 0) response.end('no number');
        else response.end(`1 ${count % 20 === 0 ? 1 : request.url?.slice(1)}`);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      try {
        const counted = await runTool(tool, { port, connections: 10, seconds: 2 });
        assert.ok(counted.failed > 0 && counted.reset > 0 && counted.twice > 0, JSON.stringify(counted));
      } finally {
        server.close();
        server.closeAllConnections();
      }
    });
}

const PARTS: Record<string, string> = {
  ...Object.fromEntries(
    tools.map(({ name }) => [
      name,
      `load from ${name}, three hand-offs, two takers killed: nothing fails, is reset, answered twice or leaked`,
    ]),
  ),
  killed: 'the old process killed in the middle: what was confirmed goes on, and exactly the rest is lost',
  idle: 'idle connections: all move, and answer',
};

for (const [part, title] of Object.entries(PARTS)) {
  const lack = tools.find(({ name }) => name === part)?.lack();
  if (lack) t.skip(title, lack);
  else t.test(title, async () => assert.equal(await brokenIn(part), []), { timeout: LIMIT });
}

t.run();
