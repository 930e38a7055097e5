/**
 * @file `npm run everywhere`: runs the packed packages wherever JavaScript runs, and writes docs/where-it-runs.md.
 * `-- node26 vite` runs those rows, or parts, and leaves the others as they were; `-- --list` names them.
 */
import "../lib/node-version.mjs";
import { parseArgs } from "node:util";
import { ALL_TENSORFLOW, withPackedPackages } from "../lib/packed.mjs";
import { Browsers, Place } from "./place.mjs";
import { PARTS } from "./rows.mjs";
import { Unavailable } from "./unavailable.mjs";
import { record } from "./record.mjs";

const { values, positionals } = parseArgs({
  options: { list: { type: "boolean" }, dry: { type: "boolean" } },
  allowPositionals: true,
});
const all = Object.values(PARTS).flat();
const unknown = positionals.filter((name) => !PARTS[name] && !all.some((row) => row.name === name));
if (values.list || unknown.length > 0) {
  for (const [part, rows] of Object.entries(PARTS))
    console.log(`${part}: ${rows.map((row) => row.name).join(" ")}`);
  if (unknown.length > 0) console.error(`no row ${unknown.join(", ")}`);
  process.exit(unknown.length > 0 ? 1 : 0);
}
const wanted =
  positionals.length === 0
    ? all
    : all.filter((row) => positionals.some((name) => name === row.name || PARTS[name]?.includes(row)));

/** What came of a row, for the table. */
async function outcomeOf(row, installed, browsers) {
  const place = new Place(row.name, installed, browsers);
  let timer;
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(reject, row.limit * 1000, new Error(`it took longer than ${row.limit} s`));
  });
  try {
    return { works: "yes", ...(await Promise.race([row.run(place), tooLong])) };
  } catch (error) {
    const works = error instanceof Unavailable ? "not tried" : "no";
    return { works, reason: error.message, stack: error.stack };
  } finally {
    clearTimeout(timer);
    await place.close();
  }
}

const results = {};
await withPackedPackages(async (installed) => {
  const browsers = new Browsers();
  try {
    for (const row of wanted) {
      const start = performance.now();
      const { stack, ...result } = await outcomeOf(row, installed, browsers);
      results[row.name] = result;
      // Each at once, so that nothing is lost where this is ended.
      if (!values.dry) await record({ [row.name]: result });
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const told = result.works === "yes" ? "" : `\n${result.works === "no" ? stack : result.reason}`;
      console.log(`${row.name}: ${result.works} (${seconds} s)${told}`);
    }
  } finally {
    await browsers.close();
  }
}, ALL_TENSORFLOW);

const failed = wanted.filter((row) => results[row.name].works === "no");
if (failed.length > 0) {
  console.log(
    `${failed.length} of ${wanted.length} rows failed: ${failed.map((row) => row.name).join(", ")}`,
  );
}
// What is still open, such as a connection of a killed server, is of no use any more.
process.exit(failed.length > 0 ? 1 : 0);
