/** @file Records a function: its graph, with names for everything that goes in and out. */
import {
  type Graph,
  type ParameterOrigin,
  type RecordedGraph,
  recordGraph,
  type Value,
} from "@nnx-js/jit/graph";
import { classNameOf, iterVariables, type Path, type Variable } from "@nnx-js/nn";
import { expandControl } from "@nnx-js/nn/trace";
import * as tf from "@tensorflow/tfjs-core";
import { argumentNames } from "./argument-names.ts";
import { withoutSpecs } from "./specs.ts";
import { UniqueNames } from "./unique.ts";

/** A Variable of ours, or one of TensorFlow.js. */
export type AnyVariable = Variable | tf.Variable;

/** What a function takes besides static values. */
export interface RecordedParameter {
  /** Unique among the parameters: the argument's name and the path in it, such as `model.layers.0.kernel`. */
  readonly name: string;
  readonly value: Value;
  /**
   * An `input` is a tensor that a caller gives; `state` is what Variables and tensors in Modules hold; a `constant` is a
   * tensor that the function closes over.
   */
  readonly role: "input" | "state" | "constant";
  /** The number of the argument, where it belongs to one. */
  readonly argument: number | undefined;
  /** Within the argument: of a Module's Variables the paths of its state. */
  readonly path: Path;
  /** The Variable, where it is one. */
  readonly variable: AnyVariable | undefined;
  /** What it holds now, borrowed; without values for an input that was given as `{ shape, dtype }`. */
  readonly read: () => tf.Tensor;
}

/** What a function gives. */
export interface RecordedOutput {
  /** Unique among the outputs: of a result its path, or `output`; of a write the name of the parameter. */
  readonly name: string;
  readonly value: Value;
  /** Within the result; of a write within the argument, as the parameter's. */
  readonly path: Path;
  /** The Variable that gets this value; results have none. */
  readonly variable: AnyVariable | undefined;
  /** The index of the parameter whose next value this is, of the same shape and dtype. */
  readonly nextOf: number | undefined;
}

/** A recorded function. */
export interface Recorded {
  /** The function's name. */
  readonly name: string;
  readonly graph: Graph;
  /** One for each parameter of the graph, in its order. */
  readonly parameters: readonly RecordedParameter[];
  readonly results: readonly RecordedOutput[];
  readonly writes: readonly RecordedOutput[];
  /** Frees what was copied for it. */
  dispose(): void;
}

/** Options of {@link record}. */
export interface RecordOptions {
  /** The function's name. Its own unless given. */
  readonly name?: string | undefined;
  /** Names of the arguments, in their order. Those of the function's parameters unless given. */
  readonly argumentNames?: readonly string[] | undefined;
  /** Modules and Variables that the function closes over, by the names that their state gets. */
  readonly closure?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Records `fn(...args)`: tensors, or `{ shape, dtype }` in their place, are inputs, what Variables hold is state, and all
 * else in the arguments is static, as for `jit`.
 */
export function record<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  { name = fn.name || "anonymous", argumentNames: given, closure = {} }: RecordOptions = {},
): Recorded {
  const specs = withoutSpecs(args);
  try {
    const recorded = recordGraph(fn, specs.args, { name });
    try {
      // The formats' own loops are not what engines run best.
      const graph = expandControl(recorded.graph);
      return named(
        name,
        { ...recorded, graph },
        argumentNames(fn, args.length, given),
        closure,
        specs.dispose,
      );
    } catch (error) {
      recorded.dispose();
      throw error;
    }
  } catch (error) {
    specs.dispose();
    throw error;
  }
}

/** Gives everything that goes in and out its name. */
function named(
  name: string,
  recorded: RecordedGraph,
  names: readonly string[],
  closure: Readonly<Record<string, unknown>>,
  disposeSpecs: () => void,
): Recorded {
  const { graph, origins, writes, results } = recorded;
  const closed = namesOfClosure(closure);
  const fullName = ([argument, ...path]: Path) => [names[argument as number], ...path].join(".");
  const variableName = (path: Path | undefined, variable: AnyVariable) =>
    path ? fullName(path) : (closed.get(variable) ?? `closure.${classNameOf(variable)}`);
  const nameOf = (origin: ParameterOrigin) => {
    if (origin.kind === "captured") return "constant";
    return origin.kind === "variable" ? variableName(origin.path, origin.variable) : fullName(origin.path);
  };

  const ofParameters = new UniqueNames();
  const parameters = origins.map((origin, i): RecordedParameter => {
    const path = origin.kind === "captured" ? undefined : origin.path;
    return {
      name: ofParameters.take(nameOf(origin)),
      value: graph.parameters[i]!,
      role: ROLES[origin.kind],
      argument: path?.[0] as number | undefined,
      path: path?.slice(1) ?? [],
      variable: origin.kind === "variable" ? origin.variable : undefined,
      read: () => (origin.kind === "variable" ? valueOf(origin.variable) : origin.tensor),
    };
  });

  const ofOutputs = new UniqueNames();
  return {
    name,
    graph,
    parameters,
    results: results.map(({ path, output }) => ({
      name: ofOutputs.take(resultName(path)),
      value: graph.outputs[output]!.value,
      path,
      variable: undefined,
      nextOf: undefined,
    })),
    writes: writes.map(({ variable, path, output }) => {
      const { value, nextOf } = graph.outputs[output]!;
      const own = nextOf === undefined ? variableName(path, variable) : parameters[nextOf]!.name;
      return { name: ofOutputs.take(own), value, path: path?.slice(1) ?? [], variable, nextOf };
    }),
    dispose() {
      recorded.dispose();
      disposeSpecs();
    },
  };
}

const ROLES = { argument: "input", attribute: "state", variable: "state", captured: "constant" } as const;

/** `output`, `output.0`, or the path itself where it begins with a name. */
function resultName(path: Path): string {
  return typeof path[0] === "string" ? path.join(".") : ["output", ...path].join(".");
}

function namesOfClosure(closure: Readonly<Record<string, unknown>>): ReadonlyMap<unknown, string> {
  const names = new Map<unknown, string>();
  for (const [path, variable] of iterVariables(closure)) {
    if (!names.has(variable)) names.set(variable, path.join("."));
  }
  return names;
}

/** What a Variable holds; a `tf.Variable` is a tensor itself. */
function valueOf(variable: AnyVariable): tf.Tensor {
  return variable instanceof tf.Variable ? variable : variable.value;
}
