/** @file Finds the Firefox that tests drive over WebDriver BiDi, as it is installed. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["firefox", "firefox-esr"];

/**
 * The path of a Firefox: `FIREFOX_PATH`, else the first on the `PATH`. Where there is none, undefined with the reason
 * printed, or an error if NNX_REQUIRE_FIREFOX asks for one.
 */
export function findFirefox(): string | undefined {
  const named = process.env["FIREFOX_PATH"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = named ? [named] : NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
  const where = named
    ? `FIREFOX_PATH names ${named}, which does not exist`
    : "no Firefox on the PATH or in FIREFOX_PATH";
  const reason = `the tests in Firefox cannot run: ${where} (Debian: apt-get install firefox-esr)`;
  if (process.env["NNX_REQUIRE_FIREFOX"]) throw new Error(reason);
  console.warn(`SKIPPED: ${reason}`);
  return undefined;
}
