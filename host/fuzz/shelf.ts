import { removeArtifact, saveArtifact } from './artifact.js';
import type { Finding } from './finding.js';
import { checkMakeable } from './folder.js';

/** Where a finding is: in a file, nowhere because nobody wanted it to be, or nowhere because of an error. */
export interface Saved {
  readonly path?: string;
  readonly error?: Error;
}

/** Where a run puts its findings. */
export class Shelf {
  readonly #folder: string | undefined;
  readonly #version: string;

  /** Throws one line for a folder that could not be made or written; it is made with the first finding. */
  constructor(folder: string | undefined, version: string) {
    if (folder !== undefined) checkMakeable(folder, 'what is found');
    this.#folder = folder;
    this.#version = version;
  }

  save(finding: Finding): Saved {
    if (this.#folder === undefined) return {};
    try {
      return { path: saveArtifact(this.#folder, finding, this.#version) };
    } catch (error) {
      return { error: error as Error };
    }
  }

  /** Saves a finding that stands for the one that was saved before; that one stays when this cannot be saved. */
  replace(before: Saved, finding: Finding): Saved {
    const saved = this.save(finding);
    if (saved.path === undefined) return before.path === undefined ? saved : before;
    if (before.path !== undefined && before.path !== saved.path) removeArtifact(before.path);
    return saved;
  }
}
