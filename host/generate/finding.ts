/** What is wrong, as far as it tells one kind of finding from another. */
export interface Verdict {
  /** Short and stable, without spaces: findings are told apart by it. */
  readonly class: string;
  /** One line of plain English. */
  readonly cause: string;
}

/** An input that shows what is wrong. */
export interface Finding extends Verdict {
  /** The target that it was found of. */
  readonly target: string;
  readonly input: Uint8Array<ArrayBuffer>;
  /** Id of the ABI that the input was made for. */
  readonly abi: string;
  readonly details?: Record<string, unknown>;
}
