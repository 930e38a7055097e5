/** @file Ends the program with a clear message where Node is older than package.json's `engines` admit. */
import { readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const wanted = engines.node.replace(">=", "");
const [major, minor] = wanted.split(".").map(Number);
const [actualMajor, actualMinor] = process.versions.node.split(".").map(Number);

if (actualMajor < major || (actualMajor === major && actualMinor < minor)) {
  console.error(
    `nnx-js needs Node ${wanted} or newer; this is ${process.versions.node} (${process.execPath}).`,
  );
  process.exit(1);
}
