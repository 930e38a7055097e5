/** @file Importing this has the kernels and gradients of this package come with each backend, and stay in their places. */
import { loadWithBackend } from "../backend/parts.ts";
import { registerGradients, watchGradients } from "./gradient-registry.ts";
import { registerKernels, watchKernels } from "./kernel-watch.ts";
import { loadOwn } from "./own-parts.ts";
import { watchSetUp } from "./set-up.ts";

watchKernels();
watchGradients();
loadWithBackend("*", loadOwn);
watchSetUp();

export { registerGradients, registerKernels };
