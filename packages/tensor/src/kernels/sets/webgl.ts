/** @file All kernels for the webgl backend; loaded with it. */
import { addedToWebGl } from "../added/webgl.ts";
import { replacedOnWebGl } from "../replaced/webgl.ts";
import type { BackendKernels } from "./backend-kernels.ts";

export const webGlKernels: BackendKernels = { added: addedToWebGl, replaced: replacedOnWebGl };
