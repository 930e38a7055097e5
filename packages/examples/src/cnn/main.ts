/** @file Learns to read handwritten digits by convolutions: `node dist/cnn/main.js --help` tells the options. */
import { runCommand } from "../command-line.ts";
import { runCnn } from "./run.ts";

await runCommand(
  {
    name: "node packages/examples/dist/cnn/main.js",
    summary: "Trains a convolutional digit classifier on 9 000 pictures, tests it on 1 000.",
    epochs: 8,
    resumes: true,
    hasCheckpoints: true,
  },
  runCnn,
);
