import "../registry/index.ts";
export { exponential, gumbel, laplace, logistic, normal, truncatedNormal, uniform } from "./continuous.ts";
export type { UniformOptions } from "./continuous.ts";
export { bernoulli, bits, categorical, choice, permutation, randint } from "./discrete.ts";
export type { ChoiceOptions } from "./discrete.ts";
export { foldIn, increment, split, take } from "./key.ts";
export { key } from "./seed.ts";
