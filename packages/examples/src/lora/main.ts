/** @file Adapts a digit classifier to rotated digits: `node dist/lora/main.js --help` tells the options. */
import { runCommand } from "../command-line.ts";
import { runLora } from "./run.ts";

await runCommand(
  {
    name: "node packages/examples/dist/lora/main.js",
    summary: "Trains a digit classifier, freezes it and adapts it to rotated digits by low-rank adapters.",
    epochs: 10,
  },
  runLora,
);
