/** @file `exportStableHlo`: a function, its state and its gradients as a program that XLA compiles. */
import { ExportArgumentError } from "../errors.ts";
import { argumentNames } from "../record/argument-names.ts";
import { type AnyVariable, record, type Recorded, type RecordedParameter } from "../record/record.ts";
import type { Precision } from "./mlir/builder.ts";
import { nameIn, stateNames } from "./state-names.ts";
import { writeModule } from "./write-module.ts";

/** Options of {@link exportStableHlo}. */
export interface StableHloOptions {
  /** The name of the module and of the function in errors. The function's own unless given. */
  readonly name?: string | undefined;
  /** Names of the arguments, in their order. Those of the function's parameters unless given. */
  readonly names?: readonly string[] | undefined;
  /** Modules and Variables that the function closes over, by the names that their state gets. */
  readonly closure?: Readonly<Record<string, unknown>> | undefined;
  /**
   * How exactly matrix products and convolutions are computed on hardware that has a choice: `"default"` is fastest, in
   * bfloat16 on TPUs and in TensorFloat-32 on GPUs; `"highest"`, as on CPUs and in TensorFlow.js, unless given.
   */
  readonly precision?: Precision | undefined;
}

/**
 * Writes `fn` as StableHLO: the text of a module in MLIR with one function, `main`. A forward pass, or a whole training
 * step with its gradients, batch statistics, random numbers and optimiser.
 *
 * What Variables hold is state: arguments and, where `fn` writes it, results, one in the memory of the other
 * (`tf.aliasing_output`). State comes first, then the tensors among the arguments. Attributes name them: `nnx.state` the
 * path of the Variable as `saveModel({ model, optimizer })` names it, after the names of the arguments; `nnx.input` and
 * `nnx.output` the paths of arguments and results; `jax.arg_info` and `jax.result_info` repeat these. Tensors that `fn`
 * closes over become constants. Operations are those of StableHLO 1.0, which `nnx.stablehlo_version` says.
 *
 * Random numbers come from the same threefry words, bit for bit.
 *
 * @param args as `fn` is called with; a tensor may be given as `{ shape, dtype }`. Nothing is computed or changed
 * @throws UnsupportedExportError for an operation that cannot be written; whatever `jit` throws for a function or for
 *   arguments that it cannot trace; ExportArgumentError for options that there are not
 *
 * @example
 * const text = await exportStableHlo(trainStep, [model, optimizer, x, y]);
 * await writeFile("step.mlir", text);
 *
 * @see https://openxla.org/stablehlo/spec
 */
export async function exportStableHlo<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  options: StableHloOptions = {},
): Promise<string> {
  const { name, names, closure, precision = "highest" } = options;
  assertOptions(fn, args, options);
  const recorded = record(fn, args, { name, argumentNames: names, closure });
  try {
    return writeModule({
      ...(await partsOf(recorded, stateNames(argumentNames(fn, args.length, names), args))),
      precision,
      caller: `exportStableHlo(${recorded.name})`,
    });
  } finally {
    recorded.dispose();
  }
}

/** Arguments and results in order: state first. */
async function partsOf(
  { graph, parameters, results, writes }: Recorded,
  known: ReadonlyMap<AnyVariable, string>,
) {
  const constants = await Promise.all(
    parameters
      .filter(({ role }) => role === "constant")
      .map(async (parameter) => ({ value: parameter.value, elements: await elementsOf(parameter) })),
  );
  const order = [
    ...parameters.flatMap(({ role }, i) => (role === "state" ? [i] : [])),
    ...parameters.flatMap(({ role }, i) => (role === "input" ? [i] : [])),
  ];
  const places = new Map(order.map((parameter, i) => [parameter, i]));
  return {
    graph,
    constants,
    args: order.map((i) => {
      const parameter = parameters[i]!;
      const role = parameter.role === "state" ? ("state" as const) : ("input" as const);
      return { value: parameter.value, name: nameIn(known, parameter), role };
    }),
    results: [
      ...writes.map((write) => {
        const place = write.nextOf === undefined ? undefined : places.get(write.nextOf);
        return { value: write.value, name: nameIn(known, write), role: "state" as const, nextOf: place };
      }),
      ...results.map(({ value, name }) => ({ value, name, role: "output" as const })),
    ],
  };
}

async function elementsOf(parameter: RecordedParameter): Promise<ArrayLike<number>> {
  const tensor = parameter.read();
  // Graphs hold numbers and truth values only.
  return tensor.size === 0 ? [] : await tensor.data<"float32" | "int32" | "bool">();
}

const PRECISIONS: readonly unknown[] = ["default", "high", "highest"] satisfies Precision[];
const OPTIONS = new Set(["name", "names", "closure", "precision"]);

function assertOptions(fn: unknown, args: unknown, options: StableHloOptions): void {
  if (typeof fn !== "function") {
    throw new ExportArgumentError(
      `exportStableHlo: expected a function, got ${fn === null ? "null" : typeof fn}. ` +
        `Write exportStableHlo((model, x) => model.forward(x), [model, x]).`,
    );
  }
  if (!Array.isArray(args)) {
    throw new ExportArgumentError(
      `exportStableHlo: expected the arguments in an array, got ${args === null ? "null" : typeof args}. ` +
        `Write exportStableHlo(${fn.name || "fn"}, [model, x]).`,
    );
  }
  for (const key of Object.keys(options)) {
    if (OPTIONS.has(key)) continue;
    throw new ExportArgumentError(
      `exportStableHlo: expected options among ${[...OPTIONS].join(", ")}, found "${key}".`,
    );
  }
  if (options.precision !== undefined && !PRECISIONS.includes(options.precision)) {
    throw new ExportArgumentError(
      `exportStableHlo: expected precision to be ${PRECISIONS.map((each) => `"${String(each)}"`).join(", ")}, ` +
        `found ${JSON.stringify(options.precision)}.`,
    );
  }
}
