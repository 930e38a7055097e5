/** @file Learns to learn sinusoids: `node dist/maml/main.js --help` tells the options. */
import { runCommand } from "../command-line.ts";
import { runMaml } from "./run.ts";

await runCommand(
  {
    name: "node packages/examples/dist/maml/main.js",
    summary: "Learns weights from which few steps lead to any sinusoid (MAML), by vmap of scan of gradients.",
    epochs: 10,
  },
  runMaml,
);
