/** @file Learns to read handwritten digits: `node dist/digits/main.js --help` tells the options. */
import { runCommand } from "../command-line.ts";
import { runDigits } from "./run.ts";

await runCommand(
  {
    name: "node packages/examples/dist/digits/main.js",
    summary: "Trains a digit classifier on 9 000 pictures, tests it on 1 000.",
    epochs: 15,
    resumes: true,
    hasCheckpoints: true,
  },
  runDigits,
);
