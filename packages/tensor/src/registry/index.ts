/** @file Importing this puts the kernels of this package in their places. */
import { keepKernels, registerKernels } from "./kernel-registry.ts";
import { watchSetUp } from "./set-up.ts";

keepKernels();
watchSetUp();

export { registerKernels };
