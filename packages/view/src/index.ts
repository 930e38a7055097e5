export { ModeTypeError, UnknownModeError } from "./errors.ts";
export type { ModesOf, OpenModes } from "./modes-of.ts";
export type { SelectOptions } from "./select.ts";
export { view } from "./view.ts";
export { viewInfo, type ViewInfoOptions } from "./view-info.ts";
export { withAttributes } from "./with-attributes.ts";
export { recursiveMap, UnknownAttributeError } from "@nnx-js/nn";
