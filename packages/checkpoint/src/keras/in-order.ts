/** @file What is noted among the texts of a file that has its layers in the order of the model. */

/** The text `order` of such a file. */
export const IN_ORDER = "layers";
