/** @file Trains eight digit classifiers at once: `node dist/ensemble/main.js --help` tells the options. */
import { runCommand } from "../command-line.ts";
import { runEnsemble } from "./run.ts";

await runCommand(
  {
    name: "node packages/examples/dist/ensemble/main.js",
    summary:
      "Trains eight digit classifiers at once, by vmap of their class, and shows how well they are calibrated.",
    epochs: 6,
  },
  runEnsemble,
);
