/** @file The table of kernels: from what came of the conformance run to `golden/kernels.json` and `docs/kernels.md`. */

/** The columns, in their order. */
export const COLUMNS = ["cpu", "wasm", "webgpu", "webgl", "jit"];

/** Kernels of no backend's arithmetic, and why there are no cases of them. */
const EXCLUDED = {
  "Complex, ComplexAbs, FFT, IFFT, Imag, Real": "complex numbers",
  "Draw, FromPixels": "pictures and canvases of browsers",
  "Int8MatMul, Int8Unpack": "8-bit integers in words, which other tests compare with double precision",
  "RaggedGather, RaggedTensorToTensor": "ragged tensors",
  "StaticRegexReplace, StringNGrams, StringSplit, StringToHashBucketFast": "strings",
  "ThreefryFoldIn, ThreefryPermutation, ThreefryRandom, ThreefrySplit, ThreefryTake":
    "random numbers, which other tests compare bit by bit with JAX's",
};

/** The kernels without cases, by name. */
export const EXCLUDED_KERNELS = Object.keys(EXCLUDED).flatMap((names) => names.split(", "));

const first = (faults) => faults && faults.length > 0 && { case: faults[0].name, reason: faults[0].reason };

/** What one column says of a kernel, from the reports with @nnx-js/tensor and without it. */
function cellOf(ours, plain) {
  if (!ours.isRegistered || (ours.refused.length > 0 && ours.refused.length === ours.cases)) {
    return { status: "missing" };
  }
  if (ours.wrong.length > 0) {
    // What our packages may meet comes first.
    const faults = ours.wrong.toSorted((a, b) => Number(a.isUnused) - Number(b.isUnused));
    return { status: "wrong", fault: first(faults), ...(faults[0].isUnused && { isUnused: true }) };
  }
  const refused = ours.refused.length > 0 && { refused: first(ours.refused) };
  if (!plain || (plain.isRegistered && plain.wrong.length === 0)) return { status: "right", ...refused };
  return { status: "ours", ...(plain.isRegistered ? { plain: first(plain.wrong) } : { lacking: true }) };
}

/**
 * The table as data; columns and rows that there is no report of are as they were, and so is the date of a part.
 * @param {Record<string, Record<string, object>>} reports by project, such as `wasm ours`, and kernel
 * @param {{ used: string[], stamp: object, last: object | undefined }} facts
 */
export function tableOf(reports, { used, stamp, last }) {
  const names = Object.keys(Object.values(reports)[0]);
  const kernels = names.map((name) => {
    const cells = COLUMNS.map((column) => {
      const ours = reports[`${column} ours`]?.[name];
      return [column, ours ? cellOf(ours, reports[`${column} plain`]?.[name]) : last.kernels[name][column]];
    });
    return [name, { used: used.includes(name), ...Object.fromEntries(cells) }];
  });
  const isPart = last && names.length < Object.keys(last.kernels).length;
  const { kernels: rows = {}, ...lastStamp } = last ?? {};
  return { ...(isPart ? lastStamp : stamp), kernels: { ...rows, ...Object.fromEntries(kernels) } };
}

const code = (text) => `\`${text.replaceAll("`", "'")}\``;
const escaped = (text) => text.replaceAll("|", "\\|").replaceAll("_", "\\_").replaceAll("*", "\\*");

/** Lines `kernel (columns): case: what it gives`, those of several columns that say the same joined. */
function faultLines(kernels, pick) {
  return Object.entries(kernels).flatMap(([name, row]) => {
    const byText = new Map();
    for (const column of COLUMNS) {
      const found = pick(row[column]);
      if (!found) continue;
      const text = typeof found === "string" ? found : `${code(found.case)} ${escaped(found.reason)}`;
      byText.set(text, [...(byText.get(text) ?? []), column]);
    }
    return [...byText].map(([text, columns]) => `- ${escaped(name)} (${columns.join(", ")}): ${text}`);
  });
}

const cell = ({ status, isUnused, refused }) => {
  if (status === "wrong") return isUnused ? "wrong, unused" : "wrong";
  return refused ? `${status}, in part` : status;
};

const section = (title, text, lines) => (lines.length > 0 ? [`## ${title}`, "", text, "", ...lines, ""] : []);

/**
 * The table as a document.
 * @param {ReturnType<typeof tableOf>} table
 */
export function documentOf({ date, versions, kernels }) {
  const entries = Object.entries(kernels);
  const rows = entries.map(([name, row]) => {
    const label = row.used ? `**${escaped(name)}**` : escaped(name);
    return `| ${label} | ${COLUMNS.map((column) => cell(row[column])).join(" | ")} |`;
  });
  const counts = COLUMNS.map((column) => {
    const count = (status) => entries.filter(([, row]) => row[column].status === status).length;
    return `| ${column} | ${["right", "ours", "wrong", "missing"].map(count).join(" | ")} |`;
  });
  return `${[
    "# Kernels",
    "",
    "Which kernels are right on which backend. `npm run conformance` makes this page: it runs every kernel on float32, int32 and bool, on empty axes and axes of size 1, negative axes, ranks 0 to 6, NaN, zeros of both signs, infinities, denormals, numbers below 1e-7, integers near 2^31, ties and indices out of range, and compares what comes out with functions in double precision or whole numbers that were written from the definitions. `npm run conformance -- --backend wasm --kernel Sign,Abs` tries some of them and prints each case that fails.",
    "",
    `Of ${date}: TensorFlow.js ${versions.tensorflow}, Node ${versions.node}, Chromium ${versions.chromium}. The webgpu and webgl columns were made on SwiftShader, a renderer without a GPU, with \`WEBGPU_CPU_FORWARD\` and \`WEBGL_CPU_FORWARD\` off. A part with fixed cases runs in each test run.`,
    "",
    "- **right**: TensorFlow.js's own kernel is right, and stays in place.",
    "- **ours**: TensorFlow.js's own is wrong or missing; `@nnx-js/tensor` puts a right one in its place, which comes with the backend.",
    '- **wrong**: wrong for some input, which stands below. "unused": only for such as no layer, loss, metric, optimiser or gradient of nnx-js gives it.',
    '- **missing**: there is no such kernel. "in part": some inputs are refused, by an error that names the operation.',
    "- A kernel in **bold** is used by layers, losses, metrics, optimisers or gradients of nnx-js.",
    "",
    "| Column | right | ours | wrong | missing |",
    "| --- | --- | --- | --- | --- |",
    ...counts,
    "",
    "## The table",
    "",
    `| Kernel | ${COLUMNS.join(" | ")} |`,
    `| --- | ${COLUMNS.map(() => "---").join(" | ")} |`,
    ...rows,
    "",
    "## What is promised",
    "",
    "- Integers, booleans, shapes, dtypes, and whatever only moves elements: exact. int32 arithmetic wraps at 32 bits.",
    "- Float32 on cpu, wasm and under `jit`: arithmetic and roots as IEEE 754 rounds them; functions within 4 units in the last place (`tanh` 2; on wasm 2.2, measured over all of float32), reductions, products and convolutions within 4 to 8 units of the sum of the terms' sizes, sums of 131 101 terms within 16. Results below 2^-126 may be 0 where a result is not exact.",
    "- Float32 on webgpu and webgl: functions within 4096 units in the last place, those that WGSL bounds absolutely (trigonometric functions and their inverses, logarithms) within 4096 or 8192 units of 1; reductions and products within 64 units. Denormals may count as 0, and what happens near overflow is up to the GPU.",
    "- webgl keeps int32 in float32 textures: integers beyond 2^24 are rounded there. That is not counted as wrong.",
    "- NaN among the elements that `argMax`, `argMin`, `topk` and gradients of maximum pooling compare: not promised, nor is a cast to int32 of NaN or of numbers out of its range.",
    "- An index out of range reads NaN (the smallest int32, `true`), and what is written there is dropped.",
    "",
    ...section(
      "What is wrong",
      "The smallest case of each, and what comes out of it.",
      faultLines(kernels, ({ fault }) => fault),
    ),
    ...section(
      "What `jit` refuses",
      "By an `UnsupportedKernelError`, besides the kernels that are missing there.",
      faultLines(kernels, ({ refused }) => refused && code(refused.case)),
    ),
    ...section(
      "What TensorFlow.js alone gets wrong",
      "And is right with `@nnx-js/tensor`: a case of each, and what comes out of it there.",
      faultLines(kernels, ({ plain, lacking }) => plain ?? (lacking ? "has no such kernel" : undefined)),
    ),
    "## What is not tried",
    "",
    ...Object.entries(EXCLUDED).map(([names, reason]) => `- ${names}: ${reason}`),
    "- float32 only is tried where TensorFlow.js's operation takes nothing else, or where TensorFlow defines nothing else, such as the sine of an integer.",
  ].join("\n")}\n`;
}
