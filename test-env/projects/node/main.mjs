import { program } from "./program.mjs";
import { report } from "./report.mjs";

report(await program());
