/** @file The command line of the benchmark. */
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { CommandLineError } from "../../src/command-line.ts";
import { INFERENCE } from "../../src/bench/inference/cases.ts";
import { withoutNode } from "../../src/bench/other-node.ts";
import { LARGE_PRODUCTS } from "../../src/bench/products/cases.ts";
import { parseBenchOptions } from "../../src/bench/options.ts";

test("without arguments all workloads are timed on wasm", () => {
  expect(parseBenchOptions([])).toEqual({
    workloads: ["guide", "mlp", "cnn", "gpt"],
    products: [],
    inferences: [],
    backend: "wasm",
    rounds: 15,
    turn: 100,
    seconds: 10,
    flax: undefined,
    node: undefined,
    own: false,
    busy: false,
    write: false,
    json: undefined,
    soak: undefined,
    load: undefined,
    loop: false,
    compile: false,
    updates: undefined,
    remat: false,
    loops: false,
    batching: false,
    submit: false,
  });
});

test("workloads and options can be mixed", () => {
  const args =
    "guide --rounds 3 mlp --turn 50 --seconds 0.5 --backend cpu --flax python3 --json out.json --soak 9 --compile";
  expect(parseBenchOptions(args.split(" "))).toEqual({
    workloads: ["guide", "mlp"],
    products: [],
    inferences: [],
    backend: "cpu",
    rounds: 3,
    turn: 50,
    seconds: 0.5,
    flax: "python3",
    node: undefined,
    own: false,
    busy: false,
    write: false,
    json: "out.json",
    soak: 9,
    load: undefined,
    loop: false,
    compile: true,
    updates: undefined,
    remat: false,
    loops: false,
    batching: false,
    submit: false,
  });
});

test("loading is timed where it is named, alone or after workloads", () => {
  expect(parseBenchOptions(["load", "--weights", "/encoder"])).toMatchObject({
    workloads: [],
    load: "/encoder",
  });
  const load = resolve(import.meta.dirname, "../../../../out/minilm");
  expect(parseBenchOptions(["guide", "load"])).toMatchObject({ workloads: ["guide"], load });
});

test("forward passes are timed where they are named, all or some", () => {
  const all = Object.keys(INFERENCE);
  expect(parseBenchOptions(["inference"])).toMatchObject({ workloads: [], inferences: all });
  expect(parseBenchOptions(["cnn-32", "guide", "--own"])).toMatchObject({
    workloads: ["guide"],
    inferences: ["cnn-32"],
    own: true,
  });
});

test("another Node runs the same command line", () => {
  const args = ["mlp", "--node", "/nodes/26", "--rounds", "2", "--node=/nodes/24"];
  expect(parseBenchOptions(args)).toMatchObject({ workloads: ["mlp"], rounds: 2 });
  expect(withoutNode(args)).toEqual(["mlp", "--rounds", "2"]);
});

test("single products are timed where they are named, and on webgpu", () => {
  expect(parseBenchOptions(["row-4096", "guide"])).toMatchObject({
    workloads: ["guide"],
    products: ["row-4096"],
  });
  expect(parseBenchOptions(["products"])).toMatchObject({ workloads: [], products: LARGE_PRODUCTS });
  expect(parseBenchOptions(["--backend", "webgpu"])).toMatchObject({
    workloads: ["guide", "mlp", "cnn", "gpt"],
    products: LARGE_PRODUCTS,
  });
});

test("updates are timed of all optimisers, or of those named", () => {
  expect(parseBenchOptions(["--updates"])).toMatchObject({ updates: [] });
  expect(parseBenchOptions(["--updates", "lamb", "sm3"])).toMatchObject({ updates: ["lamb", "sm3"] });
});

test("help wins over everything else", () => {
  expect(parseBenchOptions(["nonsense", "-h"])).toBe("help");
});

test.each([
  [["lstm"], 'Expected a workload of guide, mlp, cnn, gpt, load, loop, inference, products, got "lstm".'],
  [["--round", "3"], "Unknown option '--round'."],
  [["--flax"], "Option '--flax <value>' argument missing."],
  [["--rounds", "0"], '--rounds: expected an integer of at least 1, got "0".'],
  [["--updates", "adam", "lstm"], "--updates: expected optimisers of adamw, adam, nadam,"],
  [["--soak", "1e5"], '--soak: expected an integer of at least 1, got "1e5".'],
  [["--turn", "-1"], "--turn"],
  [["--seconds", "soon"], '--seconds: expected a number above 0, got "soon".'],
])("%j is refused, saying why", (args, message) => {
  expect(() => parseBenchOptions(args)).toThrow(CommandLineError);
  expect(() => parseBenchOptions(args)).toThrow(message);
});
