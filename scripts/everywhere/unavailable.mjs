/** @file What a row throws that cannot run on this machine. */

/** Why a row cannot run here, which is no fault of the product. */
export class Unavailable extends Error {}
