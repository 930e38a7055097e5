export { recursiveMap, UnknownAttributeError } from "@nnx-js/nn";
export { ModeTypeError, UnknownModeError } from "./errors.ts";
export type { ModesOf, OpenModes } from "./modes-of.ts";
export type { SelectOptions } from "./select.ts";
export { viewInfo, type ViewInfoOptions } from "./view-info.ts";
export { view } from "./view.ts";
export { withAttributes } from "./with-attributes.ts";
