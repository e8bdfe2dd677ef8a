/** The API reference: made of every entry, readable without a network, and refused where a docstring is missing. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { run } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('docs');
const lack = existsSync('.ci/docs/node_modules/typedoc') ? undefined : 'typedoc is not installed; npm run docs does it';

/** Runs the script in a folder below build/, where the declarations find the types of Node. */
async function documented(work: (folder: string) => string[]) {
  const folder = mkdtempSync('build/docs-test-');
  try {
    const out = join(folder, 'out');
    const argv = [process.execPath, 'scripts/docs.mjs', '--out', out, ...work(folder)];
    const { code, stdout, stderr } = await run(argv, { limit: 60_000 });
    const pages = existsSync(out) ? readdirSync(out, { recursive: true, encoding: 'utf8' }) : [];
    const texts = pages
      .filter((name) => /\.(html|css)$/.test(name))
      .map((name) => readFileSync(join(out, name), 'utf8'));
    return { code, said: `${stdout}${stderr}`, pages, text: texts.join('') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (lack) t.skip('every public export has a docstring, and pages load nothing from elsewhere', lack);
else {
  t.test('every public export has a docstring, and pages load nothing from elsewhere', async () => {
    const { code, said, pages, text } = await documented(() => []);
    assert.is(code, 0, said);
    for (const page of ['index', 'classes/ancillary.UnixStream', 'functions/ancillary_codec.encode']) {
      assert.ok(pages.includes(`${page}.html`), `${page} in ${pages.join(', ')}`);
    }
    assert.equal(
      text.match(/<(script|link|img|iframe)\b[^>]*(https?:)?\/\/[^>]*>|@import|url\(["']?(https?:)?\/\//g),
      null,
    );
  });

  t.test('an export without a docstring and a link that leads nowhere are named, and no pages are made', async () => {
    const { code, said, pages } = await documented((folder) => {
      cpSync('build/types', join(folder, 'types'), { recursive: true });
      writeFileSync(
        join(folder, 'tsconfig.json'),
        '{ "extends": "../../scripts/docs/tsconfig.json", "include": ["types"] }',
      );
      const codec = join(folder, 'types/codec.d.ts');
      const text = readFileSync(codec, 'utf8');
      const changed = text
        .replace('/** Every walk. */\n', '')
        .replace('/** Every ABI row. */', '/** Every {@link NoSuchThing}. */');
      assert.is(
        changed.length,
        text.length - '/** Every walk. */\n'.length + '{@link NoSuchThing}'.length - 'ABI row'.length,
      );
      writeFileSync(codec, changed);
      return ['--tsconfig', join(folder, 'tsconfig.json'), codec, join(folder, 'types/index.d.ts')];
    });
    assert.is.not(code, 0, said);
    assert.equal(said.match(/\S+ \(\w+\), defined in \S+ does not have any documentation/g)?.length, 1, said);
    assert.match(said, /ancillary\/codec\.dialects \(CallSignature\), .* does not have any documentation/);
    assert.match(said, /link.*NoSuchThing/);
    assert.equal(pages, []);
  });
}

t.run();
