/** @file The error of a random function that was given something it cannot use. */

/** An argument of a random function is of the wrong kind, shape or range. */
export class RandomArgumentError extends Error {
  static override readonly name: string = "RandomArgumentError";
  override readonly name = "RandomArgumentError";
  readonly code = "RANDOM_ARGUMENT";

  /** @param where the function and its argument, for instance `random.normal: shape` */
  constructor(where: string, expected: string, found: string, repair: string) {
    super(`${where}: expected ${expected}, found ${found}.\n${repair}`);
  }
}
