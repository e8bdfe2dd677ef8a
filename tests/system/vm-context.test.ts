/** In a vm context, as test runners make them, there are other globals: on Node 20 no Symbol.dispose. */
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('vm-context');

t.test('sockets and listeners close where there is no Symbol.dispose', async () => {
  const { stdout, stderr, code } = await run(
    script(`
      import { readFileSync } from 'node:fs';
      import { createRequire } from 'node:module';
      import { createContext, runInContext } from 'node:vm';
      const file = process.cwd() + '/build/cjs/library.js';
      const context = createContext({ Buffer, process, TextEncoder, TextDecoder });
      runInContext('delete Symbol.dispose; delete Symbol.asyncDispose;', context);
      const text = '(function (exports, require, module, __filename) {' + readFileSync(file, 'utf8') + '})';
      const module = { exports: {} };
      runInContext(text, context)(module.exports, createRequire(file), module, file);
      const { socketpair, UnixListener } = module.exports;
      const [a, b] = socketpair();
      await a.close();
      console.log(a.closed, await b.receive());
      await b.close();
      const listener = await UnixListener.listen({ autobind: true });
      await listener.close();
      console.log(listener.closed);
    `),
  );
  assert.equal([stdout.toString(), stderr, code], ['true null\ntrue\n', '', 0]);
});

t.run();
