/** @file Trains a digit classifier with differential privacy: `node dist/dp-sgd/main.js --help` tells the options. */
import { runCommand } from "../command-line.ts";
import { runPrivate } from "./run.ts";

await runCommand(
  {
    name: "node packages/examples/dist/dp-sgd/main.js",
    summary: "Trains a digit classifier on clipped gradients of single pictures with noise, by vmap of grad.",
    epochs: 5,
  },
  runPrivate,
);
