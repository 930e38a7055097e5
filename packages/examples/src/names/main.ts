/** @file Learns to make up first names: `node dist/names/main.js --help` tells the options. */
import { runCommand } from "../command-line.ts";
import { runNames } from "./run.ts";

await runCommand(
  {
    name: "node packages/examples/dist/names/main.js",
    summary: "Trains a character transformer on first names, and makes up new ones.",
    epochs: 10,
    resumes: true,
    hasCheckpoints: true,
  },
  runNames,
);
