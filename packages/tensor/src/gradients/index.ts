/** @file Importing this registers the gradients. */
import { registerGradients } from "./register.ts";

registerGradients();

export { registerGradients };
