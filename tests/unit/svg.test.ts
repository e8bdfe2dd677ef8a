/** Drawings as pictures: what is drawn stands in its place, and no text is more than text. */
import * as assert from 'uvu/assert';
import { cell, type Drawing, type Role } from '../../host/view/drawing.js';
import { printSvg } from '../../host/view/svg.js';
import { printDrawing } from '../../host/view/terminal.js';
import { suite } from '../support/suite.js';

const t = suite('svg');

const DRAWING: Drawing = [
  { title: [cell('first', 'title')], rows: [[cell(7, 'offset'), cell('ab', 'payload')]] },
  { title: [cell('second', 'title')], rows: [], arrow: 'next', level: 1 },
  { rows: [[cell('x')]] },
];

/** Rectangles of cards and texts with their places. */
function shapesOf(svg: string) {
  const number = (text: string, name: string) => Number(new RegExp(` ${name}="([\\d.]+)"`).exec(text)?.[1]);
  const cards = svg.match(/<rect class="card"[^>]*>/g) ?? [];
  return {
    width: number(svg, 'width'),
    height: number(svg, 'height'),
    cards: cards.map((each) => ({
      x: number(each, 'x'),
      y: number(each, 'y'),
      width: number(each, 'width'),
      height: number(each, 'height'),
    })),
    texts: Array.from(svg.matchAll(/<text class="\w+"([^>]*)>([^<]*)<\/text>/g), ([, names = '', text = '']) => ({
      text,
      x: number(names, 'x'),
      y: number(names, 'y'),
      width: number(names, 'textLength'),
    })),
  };
}

t.test('blocks are cards below each other, with arrows between, and texts inside', () => {
  const svg = printSvg(DRAWING, 'a name');
  const { cards, texts, width, height } = shapesOf(svg);
  assert.equal(
    texts.map(({ text }) => text),
    ['first', '7', 'ab', 'next', 'second', 'x'],
  );
  assert.is(cards.length, 3);
  assert.is(svg.match(/<path class="arrow"/g)?.length, 1);
  assert.ok((cards[1]?.x ?? 0) > (cards[0]?.x ?? 0), 'a level is to the right');
  let bottom = 0;
  for (const card of cards) {
    assert.ok(card.y > bottom, 'below the one before');
    bottom = card.y + card.height;
    assert.ok(card.x + card.width <= width && bottom <= height, 'inside the picture');
  }
  for (const { text, x, y, width: length } of texts) {
    const isInside = cards.some(
      (card) => x >= card.x && x + length <= card.x + card.width && y > card.y && y < card.y + card.height,
    );
    assert.ok(isInside || text === 'next', text);
  }
});

t.test('what is long is broken, and columns stand below each other', () => {
  const long = Array.from({ length: 60 }, () => 'word').join(' ');
  const { texts, cards } = shapesOf(
    printSvg(
      [
        {
          rows: [
            [cell('a'), cell(long)],
            [cell('bcd'), cell('y')],
          ],
        },
      ],
      '',
    ),
  );
  assert.ok(texts.length > 5);
  assert.is(texts.at(-1)?.x, texts[1]?.x);
  assert.ok((cards[0]?.width ?? 0) < 1000);
});

t.test('no text is markup, an entity, an escape or what XML cannot have', () => {
  const odd = '<b>&amp;"\x00\x1b[31m\u202e\ud800\ufffe\uffff]]>\u{1f600}';
  const svg = printSvg(
    [
      { title: [cell(odd), cell(odd)], rows: [[cell(odd), cell(odd)]], arrow: odd },
      { rows: [], arrow: odd },
    ],
    odd,
  );
  for (const each of ['<b>', '\0', '\x1b', '\u202e', '\ud800', '\ufffe', '\uffff', ']]>'])
    assert.not.ok(svg.match(new RegExp(each.replaceAll(']', '\\]'), 'u')), each);
  assert.is(svg.match(/&(?!(amp|lt|gt|quot);)/g), null);
  assert.is(svg.match(/&lt;b&gt;&amp;amp;&quot;/g)?.length, 6);
});

t.test('every role has a colour', () => {
  const roles: Role[] = [
    'length',
    'level',
    'type',
    'payload',
    'pad',
    'problem',
    'different',
    'title',
    'offset',
    'text',
  ];
  const svg = printSvg([{ rows: roles.map((role) => [cell('x', role)]) }], '');
  for (const role of roles) assert.match(svg, new RegExp(`\\.${role}\\{fill:#[0-9a-f]{6}`));
});

t.test('a drawing without a block, and a block without a row', () => {
  assert.match(printSvg([], 'nothing'), /^<svg [\s\S]*<\/svg>\n$/);
  assert.match(printSvg([{ rows: [] }], ''), /<rect class="card"/);
});

t.test('a terminal has the arrows and levels too', () => {
  assert.equal(printDrawing(DRAWING, { colour: false }), ['first', '  7  ab', '  │ next', '  ▼', '  second', '', 'x']);
});

t.run();
