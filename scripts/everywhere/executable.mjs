/** @file Finds programs of the system. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Unavailable } from "./unavailable.mjs";

/** The path of the first of these that is on the PATH; without one, the row cannot run here. */
export function executable(names, debian) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = names
    .flatMap((name) => folders.map((path) => join(path, name)))
    .find((path) => existsSync(path));
  if (found) return found;
  throw new Unavailable(`no ${names[0]} on the PATH (Debian: apt-get install ${debian})`);
}
