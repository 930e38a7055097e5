/** @file Marks classes whose instances hold Modules and Variables that are part of a model elsewhere. */

/** On the prototype of such a class: what it holds is not looked for, nor missed. Says which class it is, where others ask. */
export const HOLDS_OTHERS = Symbol.for("@nnx-js/nn/holds-others");
