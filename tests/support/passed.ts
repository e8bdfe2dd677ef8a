import * as assert from 'uvu/assert';

/** Takes `Reading from passed fd N` and one content after the other off `output`, byte for byte. */
export function assertContents(output: Buffer, contents: readonly Buffer[]): void {
  let at = 0;
  for (const [i, content] of contents.entries()) {
    const header = /^Reading from passed fd \d+\n/.exec(output.toString('latin1', at, at + 40));
    assert.ok(header, `no header ${i} at byte ${at}`);
    at += header?.[0].length ?? 0;
    assert.ok(output.subarray(at, at + content.length).equals(content), `content ${i} differs`);
    at += content.length;
  }
  assert.is(output.length, at, 'bytes behind the last content');
}
