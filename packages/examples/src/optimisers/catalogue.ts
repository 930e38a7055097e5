/** @file The optimisers of docs/optimisers.md, each at the rate that the figures are made with. */
import * as optim from "@nnx-js/optim";

/** An optimiser of the table. */
export interface Entry {
  /** Its factory, with what is special about it. */
  readonly name: string;
  /** The learning rate: of `RATES` that with the least loss, or the default of those that choose their own. */
  readonly rate: number;
  /** Makes it with a rate. */
  readonly make: (rate: number) => optim.GradientTransformation;
  /** Chooses its rate itself; `rate` is the factor that its documentation says to leave alone. */
  readonly choosesRate?: true;
  /** Gets all pictures in each step: what it remembers of a batch says nothing about the next. */
  readonly whole?: true;
  /** Reads losses back, so that its steps are not compiled. */
  readonly eager?: true;
  /** Updates, where fewer than of the others will do. */
  readonly steps?: number;
}

/** The learning rates among which each is chosen. */
export const RATES: readonly number[] = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

/** In the order of the table. */
export const CATALOGUE: readonly Entry[] = [
  { name: "sgd", rate: 1, make: (rate) => optim.sgd(rate) },
  { name: "sgd, momentum 0.9", rate: 0.3, make: (rate) => optim.sgd(rate, { momentum: 0.9 }) },
  { name: "adam", rate: 0.03, make: (rate) => optim.adam(rate) },
  { name: "nadam", rate: 0.03, make: (rate) => optim.nadam(rate) },
  { name: "adamw", rate: 0.03, make: (rate) => optim.adamw(rate) },
  { name: "nadamw", rate: 0.03, make: (rate) => optim.nadamw(rate) },
  { name: "adamax", rate: 0.1, make: (rate) => optim.adamax(rate) },
  { name: "adamaxw", rate: 0.1, make: (rate) => optim.adamaxw(rate) },
  { name: "amsgrad", rate: 0.1, make: (rate) => optim.amsgrad(rate) },
  { name: "adabelief", rate: 0.03, make: (rate) => optim.adabelief(rate) },
  { name: "radam", rate: 0.1, make: (rate) => optim.radam(rate) },
  { name: "yogi", rate: 0.03, make: (rate) => optim.yogi(rate) },
  { name: "adan", rate: 0.03, make: (rate) => optim.adan(rate) },
  { name: "adopt", rate: 0.03, make: (rate) => optim.adopt(rate) },
  { name: "ademamix", rate: 0.03, make: (rate) => optim.ademamix(rate) },
  { name: "simplifiedAdemamix", rate: 3e-4, make: (rate) => optim.simplifiedAdemamix(rate) },
  { name: "adagrad", rate: 0.3, make: (rate) => optim.adagrad(rate) },
  { name: "adadelta", rate: 10, make: (rate) => optim.adadelta(rate) },
  { name: "rmsprop", rate: 0.03, make: (rate) => optim.rmsprop(rate) },
  { name: "madgrad", rate: 0.1, make: (rate) => optim.madgrad(rate) },
  { name: "adafactor", rate: 0.03, make: (rate) => optim.adafactor(rate) },
  { name: "sm3", rate: 0.3, make: (rate) => optim.sm3(rate) },
  { name: "lion", rate: 3e-3, make: (rate) => optim.lion(rate) },
  { name: "signSgd", rate: 0.01, make: (rate) => optim.signSgd(rate) },
  { name: "signum", rate: 0.01, make: (rate) => optim.signum(rate) },
  { name: "muon", rate: 0.03, make: (rate) => optim.muon(rate) },
  { name: "lars", rate: 10, make: (rate) => optim.lars(rate) },
  { name: "lamb", rate: 0.01, make: (rate) => optim.lamb(rate) },
  { name: "novograd", rate: 0.1, make: (rate) => optim.novograd(rate) },
  { name: "fromage", rate: 0.03, make: (rate) => optim.fromage(rate) },
  { name: "noisySgd", rate: 1, make: (rate) => optim.noisySgd(rate) },
  { name: "optimisticGradientDescent", rate: 0.3, make: (rate) => optim.optimisticGradientDescent(rate) },
  { name: "optimisticAdamV2", rate: 0.03, make: (rate) => optim.optimisticAdamV2(rate) },
  { name: "rprop", rate: 0.01, make: (rate) => optim.rprop(rate), whole: true },
  { name: "polyakSgd", rate: 1, make: (rate) => optim.polyakSgd(rate) },
  { name: "momo", rate: 3, make: (rate) => optim.momo(rate) },
  { name: "momoAdam", rate: 0.1, make: (rate) => optim.momoAdam(rate) },
  { name: "scheduleFreeSgd", rate: 3, make: (rate) => optim.scheduleFreeSgd(rate) },
  { name: "scheduleFreeAdamw", rate: 0.1, make: (rate) => optim.scheduleFreeAdamw(rate) },
  { name: "prodigy", rate: 1, make: (rate) => optim.prodigy(rate), choosesRate: true },
  { name: "dadaptAdamw", rate: 1, make: (rate) => optim.dadaptAdamw(rate), choosesRate: true },
  { name: "dog", rate: 1, make: (rate) => optim.dog(rate), choosesRate: true },
  { name: "dowg", rate: 1, make: (rate) => optim.dowg(rate), choosesRate: true },
  { name: "cocob", rate: 1, make: (rate) => optim.cocob(rate), choosesRate: true },
  {
    name: "mechanize(adamw)",
    rate: 1,
    make: (rate) => optim.mechanize(optim.adamw(rate)),
    choosesRate: true,
  },
  { name: "sam(sgd)", rate: 1, make: sharpness },
  { name: "sophia", rate: 3e-3, make: (rate) => optim.sophia(rate) },
  {
    name: "lbfgs",
    rate: 1,
    make: (rate) => optim.lbfgs(rate),
    choosesRate: true,
    whole: true,
    eager: true,
    steps: 50,
  },
];

/** Climbs and descends in one update, so that its steps are as many as those of others. */
function sharpness(rate: number): optim.GradientTransformation {
  const climb = optim.chain(optim.normalize(), optim.sgd(0.05));
  return optim.sam(optim.sgd(rate), climb, { opaqueMode: true });
}
