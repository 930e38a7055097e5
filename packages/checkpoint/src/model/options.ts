/** @file Checks of options: callers without types. */
import { guesses, InvalidArgumentError } from "@nnx-js/nn";

/** @throws InvalidArgumentError for what is no object, and for options that there are not, on behalf of `caller` */
export function assertOptions(caller: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(
      `${caller}: expected options, got ${options === null ? "null" : typeof options}. There are: ${known.join(", ")}.`,
    );
  }
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new InvalidArgumentError(
    [
      `${caller}: unknown option ${unknown.join(", ")}.`,
      ...guesses(unknown, known),
      `There are: ${known.join(", ")}.`,
    ].join(" "),
  );
}
