import { drawnText, terminalOptions } from '../drawing.js';
import { print } from '../output.js';
import { drawStory } from './draw.js';
import type { Story } from './story.js';

const DRAW_EVERY = 150;

/** The story on a terminal, drawn again and again over itself; elsewhere once, at the end. */
export class Screen {
  readonly #story: Story;
  readonly #isLive: boolean;
  readonly #timer: NodeJS.Timeout | undefined;
  #drawing: Promise<void> = Promise.resolve();
  #isBusy = false;
  /** Lines that stand there. */
  #lines = 0;

  constructor(story: Story, isLive: boolean) {
    this.#story = story;
    this.#isLive = isLive;
    if (isLive) this.#timer = setInterval(() => this.#draw(), DRAW_EVERY);
  }

  /** Draws no more by itself. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#drawing.catch(() => undefined);
  }

  /** Draws all of it, to stay. */
  async finish(): Promise<void> {
    await print(`${this.#isLive ? this.#clear() : '\n'}${this.#text()}`);
  }

  #draw(): void {
    if (this.#isBusy) return;
    const text = this.#text();
    const lines = text.split('\n').length - 1;
    // What has left the screen cannot be drawn over.
    if (lines >= (process.stdout.rows || 24)) return;
    this.#isBusy = true;
    this.#drawing = print(`${this.#clear()}${text}`).finally(() => {
      this.#isBusy = false;
    });
    this.#drawing.catch(() => undefined);
    this.#lines = lines;
  }

  /** To the beginning of the first line that was drawn, and nothing below. */
  #clear(): string {
    return this.#lines > 0 ? `\x1b[${this.#lines}A\x1b[J` : '';
  }

  #text(): string {
    const options = terminalOptions();
    return drawnText(drawStory(this.#story, options.width), 0, options);
  }
}
