/** @file Compares sentences by a pretrained encoder: `npm run embed -- --help` tells the options. */
import { runProgram } from "../command-line.ts";
import { HELP, parseEmbedOptions } from "./options.ts";
import { runEmbed } from "./run.ts";

await runProgram({ help: HELP, parse: parseEmbedOptions, run: runEmbed });
