/** @file The tables of docs/where-it-runs.md: from what came of the rows to markdown. */
const escaped = (text) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll(/\s+/g, " ").trim();
const number = (value, digits) => (value === undefined ? "" : value.toFixed(digits));
const time = (value) => number(value, value >= 10 ? 0 : value >= 1 ? 1 : 2);

const PLACE = [
  ["Version", ({ version }) => version ?? ""],
  ["Works", ({ works }) => works],
  ["Backends", ({ backends }) => (backends ?? []).join(", ")],
  ["Threads", ({ threads }) => number(threads, 0)],
  ["First call, ms", ({ first }) => number(first, 0)],
  ["Step, ms", ({ step }) => time(step)],
  ["mlp, ms", ({ mlp }) => time(mlp)],
];

/** The columns of each part, after that of the title. */
const COLUMNS = {
  runtimes: PLACE,
  browsers: PLACE,
  bundlers: [...PLACE, ["Size, kB", ({ size }) => number(size, 0)]],
  refusals: [
    ["Works", ({ works }) => works],
    ["What is said", ({ said }) => (said ? `\`${said.replaceAll("`", "'")}\`` : "")],
    ["Chosen instead", ({ chosen }) => chosen ?? ""],
    ["`jit`", ({ compiled }) => compiled ?? ""],
  ],
  typescript: [
    ["Version", ({ version }) => version ?? ""],
    ["Works", ({ works }) => works],
    ["Errors in our declarations", ({ ours }) => number(ours, 0)],
    ["Errors in others'", ({ others }) => others ?? ""],
  ],
};

const line = (cells) => `| ${cells.join(" | ")} |`;

function tableOf(part, rows) {
  const columns = COLUMNS[part];
  const lines = rows
    .filter((row) => row.part === part)
    .map((row) => line([row.title, ...columns.map(([, cell]) => escaped(cell(row)))]));
  const header = ["", ...columns.map(([title]) => title)];
  return [line(header), line(header.map(() => "---")), ...lines].join("\n");
}

/** Why rows do not work, or were not tried. */
function reasonsOf(rows) {
  const lines = rows
    .filter(({ reason }) => reason)
    .map(({ title, reason }) => `- ${title}: ${escaped(reason.split("\n")[0])}`);
  return lines.join("\n") || "Everything in these tables works.";
}

/**
 * The document with its tables made anew; they stand between comments that name them.
 *
 * @param {string} text the document as it is
 * @param {{ rows: object[] }} table
 */
export function documentOf(text, { rows }) {
  const dates = rows.map(({ date }) => date).toSorted((a, b) => a.localeCompare(b));
  const [first, last] = [dates[0], dates.at(-1)];
  const date = first === last ? `Of ${last}.` : `Of ${first} to ${last}.`;
  const parts = Object.keys(COLUMNS).map((part) => [part, tableOf(part, rows)]);
  const blocks = { date, ...Object.fromEntries(parts), reasons: reasonsOf(rows) };
  return Object.entries(blocks).reduce((document, [name, block]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [document.indexOf(begin), document.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/where-it-runs.md lacks ${begin} … ${end}`);
    return `${document.slice(0, from + begin.length)}\n\n${block}\n\n${document.slice(to)}`.replaceAll(
      /\n{3,}/g,
      "\n\n",
    );
  }, text);
}
