export { casesOf, KERNELS } from "./all.ts";
export type { Case } from "./case.ts";
export { type Cell, differencesFromTable } from "./part.ts";
export { eager, type Inputs, type Outcome, renewBackend, runCase, runKernel, type Runner } from "./run.ts";
