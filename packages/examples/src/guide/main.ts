/** @file Trains the guide's model and draws its eval curve: `node dist/guide/main.js --help` tells the options. */
import { runCommand } from "../command-line.ts";
import { runGuide } from "./run.ts";
import { GUIDE } from "./training.ts";

await runCommand(
  {
    name: "npm start --",
    summary: "Trains the model of the guide and draws how well it does.",
    epochs: GUIDE.totalEpochs,
  },
  runGuide,
);
