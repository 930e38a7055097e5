/** @file The check of names that files give of other files. */
import { FileFormatError } from "../errors.ts";

/**
 * The parts of a relative path with "/" that stays in its folder.
 *
 * @throws FileFormatError for one that does not: a file may not choose what else is read
 */
export function partsInside(name: string, label: string): string[] {
  const parts = name.split("/");
  if (!parts.some(leaves)) return parts;
  throw new FileFormatError(
    `${label}: ${JSON.stringify(name)} is not the name of a file in the same folder: expected a relative path ` +
      'with "/" and without "..", "\\" and ":"',
  );
}

const leaves = (part: string) => part === "" || part === "." || part === ".." || /[\\:\0]/.test(part);
