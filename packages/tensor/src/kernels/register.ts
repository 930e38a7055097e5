/** @file Registers every kernel of this package, for every backend name, when imported. */
import "./increment/host.ts";
import "./increment/webgpu.ts";
import "./integer-power/host.ts";
import "./integer-power/webgl.ts";
import "./integer-power/webgpu.ts";
import "./threefry-fold-in/host.ts";
import "./threefry-fold-in/webgpu.ts";
import "./threefry-permutation/host.ts";
import "./threefry-permutation/webgpu.ts";
import "./threefry-random/host.ts";
import "./threefry-random/webgpu.ts";
import "./threefry-split/host.ts";
import "./threefry-split/webgpu.ts";
import "./threefry-take/host.ts";
import "./threefry-take/webgpu.ts";
