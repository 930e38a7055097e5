/** @file The names of files: every system has to take them. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["bench", "docs", "packages", "scripts", "test-env"];

/** Names of devices on Windows, whatever the extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const UNUSABLE = /[<>:"|?*\\]|[. ]$/;

function namesBelow(folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.name === "node_modules" || entry.name === "dist") return [];
    return entry.isDirectory() ? [path, ...namesBelow(path)] : [path];
  });
}

test("Windows can check out the repository and install the packages", () => {
  const paths = FOLDERS.flatMap(namesBelow);
  const refused = paths.filter((path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    return DEVICE.test(name) || UNUSABLE.test(name);
  });
  expect(refused).toEqual([]);
  expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length);
});
