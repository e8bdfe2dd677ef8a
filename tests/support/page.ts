/** A page of the documentation as what it tells its reader to do, in order. */

export type Step =
  /** A file, by the name in its first line. */
  | { kind: 'file'; name: string; text: string }
  /** A line of the file before that is replaced. */
  | { kind: 'change'; from: string; to: string }
  /** A command, and what is shown of its output; `...` stands for anything. */
  | { kind: 'command'; command: string; shown: string };

export function readPage(markdown: string): Step[] {
  const steps: Step[] = [];
  for (const [, language = '', text = ''] of markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    if (language === 'console') steps.push(...readCommands(text));
    else if (language === 'diff') {
      const [, from = '', to = ''] = /^-(.*)\n\+(.*)\n$/.exec(text) ?? [];
      steps.push({ kind: 'change', from, to });
    } else steps.push({ kind: 'file', name: /^\/\/ (\S+)\n/.exec(text)?.[1] ?? '', text });
  }
  return steps;
}

function readCommands(text: string): Step[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...lines] = part.split('\n');
      return { kind: 'command', command, shown: lines.join('\n').trim() };
    });
}

/** Whether an output is what is shown. */
export function isShown(output: string, shown: string): boolean {
  const parts = shown.split('...').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+'));
  return new RegExp(`^\\s*${parts.join('[\\s\\S]*')}\\s*$`).test(output);
}
