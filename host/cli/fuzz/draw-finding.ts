import { abiOfFinding, type Finding } from '../../fuzz/finding.js';
import { parseControl } from '../../model/parse.js';
import { listDialects } from '../../model/rows.js';
import { walkControl } from '../../model/walk.js';
import { drawControl } from '../../view/control.js';
import { type Block, cell, type Drawing } from '../../view/drawing.js';
import { drawStrict, drawWalk } from '../../view/walks.js';
import { codecInstance } from '../../wasm/instance.js';

/** What is found, as a person reads it: the class and its cause, every byte of the input, and what is made of them. */
export function drawFinding(
  finding: Pick<Finding, 'target' | 'class' | 'cause' | 'input' | 'options' | 'details'>,
): Drawing {
  const { target, class: name, cause, input } = finding;
  const abi = abiOfFinding(finding);
  const codec = codecInstance();
  const drawing: Block[] = [
    { title: [cell(name, 'problem')], rows: [] },
    { title: [cell(cause, 'text')], rows: [] },
    { title: [cell(`${abi}, ${input.length} bytes, by ${target}`, 'title')], rows: [] },
  ];
  const calls = callsOf(finding);
  if (calls) return [...drawing, { rows: calls.map((call) => [cell(call)]) }];
  if (input.length > 0) drawing.push(drawControl(codec, abi, input));
  const walks = walksOf(finding).filter((id) => listDialects(codec).some((dialect) => dialect.id === id));
  for (const dialect of walks) drawing.push(drawWalk(dialect, walkControl(codec, abi, input, { dialect })));
  if (walks.length === 0) drawing.push(drawStrict(parseControl(codec, abi, input)));
  return drawing;
}

/** The calls that the input is, where it is no control data: the target tells them. */
function callsOf({ details }: Pick<Finding, 'details'>): readonly string[] | undefined {
  const calls = details?.calls;
  return Array.isArray(calls) && calls.every((call) => typeof call === 'string') ? calls : undefined;
}

/** The walks that a finding is about: those that the target names, or that it was told to compare. */
function walksOf({ options, details }: Pick<Finding, 'options' | 'details'>): readonly string[] {
  const between = details?.between ?? options.between;
  return Array.isArray(between) ? between.filter((id): id is string => typeof id === 'string') : [];
}
