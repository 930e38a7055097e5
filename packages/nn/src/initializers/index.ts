export { constant, ones, onesInit, zeros, zerosInit } from "./constant.ts";
export type { Initializer } from "./initializer.ts";
export { deltaOrthogonal, orthogonal } from "./orthogonal.ts";
export { normal, truncatedNormal, uniform } from "./random.ts";
export {
  type FanAxes,
  type FanDistribution,
  type FanMode,
  glorotNormal,
  glorotNormal as xavierNormal,
  glorotUniform,
  glorotUniform as xavierUniform,
  heNormal,
  heNormal as kaimingNormal,
  heUniform,
  heUniform as kaimingUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
} from "./variance-scaling.ts";
