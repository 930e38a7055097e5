export { finiteDifference, type ScalarFunction } from "./finite-difference.ts";
export { fromGolden, type GoldenArray, type GoldenDtype } from "./golden.ts";
export { expectNoLeak } from "./leaks.ts";
export { installMatchers, type Tolerance } from "./matchers.ts";
export {
  expectOptax,
  type GoldenTree,
  type HyperparameterChange,
  type Nested,
  optaxCase,
  type OptaxCase,
  type OptaxRun,
  type Step,
  type StoredCases,
  type Told,
  type Transformation,
  treeFromGolden,
} from "./optax.ts";
export { type Plain, referenceConvolution, type ReferenceOptions } from "./reference-convolution.ts";
export { wave } from "./wave.ts";
