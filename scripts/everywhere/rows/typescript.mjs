/** @file Versions of TypeScript: a program of a user, and the declarations themselves. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../lib/run.mjs";
import { compile, LIBRARIES } from "../../lib/typescript.mjs";
import { tool, versionIn } from "../tools.mjs";

const VERSIONS = ["5.6", "5.9", "6", "7"];

const row = (version, lib) => ({
  name: `typescript${version}-${lib}`,
  title: `TypeScript, \`lib\` ${lib}`,
  limit: 120,
  async run(place) {
    copyFileSync(join(root, "test-env", "typescript", "program.ts"), join(place.folder, "program.ts"));
    const compiler = await tool(`typescript@${version}`);
    const skipping = await compile(compiler, place.folder, { lib, skipLibCheck: true });
    const whole = await compile(compiler, place.folder, { lib, skipLibCheck: false });
    const wrong = [...skipping.ours, ...skipping.others, ...whole.ours];
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
    const files = new Set(whole.others.map((line) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(line)?.[1]));
    return {
      version: versionIn(compiler, "typescript"),
      ours: whole.ours.length,
      others: whole.others.length === 0 ? "0" : `${whole.others.length}, in ${[...files].join(", ")}`,
    };
  },
});

export const rows = VERSIONS.flatMap((version) => Object.keys(LIBRARIES).map((lib) => row(version, lib)));
