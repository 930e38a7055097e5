/** @file Registers every kernel of this package, for every backend name, when imported. */
import "./increment/host.ts";
import "./integer-power/host.ts";
import "./threefry-fold-in/host.ts";
import "./threefry-permutation/host.ts";
import "./threefry-random/host.ts";
import "./threefry-split/host.ts";
import "./threefry-take/host.ts";
