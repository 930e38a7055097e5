/** @file The zoom line search, on numbers. */
import { cubicMinimum, quadraticMinimum } from "./interpolation.ts";

/** What a line search knows at a step size. */
export interface LinePoint<G> {
  readonly value: number;
  /** The derivative along the direction. */
  readonly slope: number;
  readonly grad: G;
}

/** Options of the search; see `scaleByZoomLinesearch`. */
export interface ZoomOptions {
  readonly maxSteps: number;
  readonly maxStepsize: number | undefined;
  readonly tol: number;
  readonly increaseFactor: number;
  readonly slopeRtol: number;
  readonly curvRtol: number;
  readonly approxDecRtol: number | undefined;
  readonly intervalThreshold: number;
}

/** Where the search stands. */
export interface ZoomState<G> extends LinePoint<G> {
  readonly count: number;
  readonly stepsize: number;
  readonly decreaseError: number;
  readonly curvatureError: number;
  readonly isIntervalFound: boolean;
  readonly isDone: boolean;
  readonly hasFailed: boolean;
  readonly low: Place;
  readonly high: Place;
  /** A third point of the cubic. */
  readonly cubicRef: Place;
  /** The best that decreases the loss enough. */
  readonly safe: Place & { readonly grad: G };
}

interface Place {
  readonly at: number;
  readonly value: number;
  readonly slope: number;
}

/**
 * A step size that decreases the loss enough and where its slope is small (the strong Wolfe conditions).
 *
 * Numbers are rounded to float32 as Optax's are.
 *
 * @param start the loss at 0
 * @see Nocedal and Wright, Numerical optimization, 1999, algorithms 3.5 and 3.6; Hager and Zhang, Algorithm 851, 2006
 */
export function zoomSearch<G>(
  evaluate: (stepsize: number) => LinePoint<G>,
  start: LinePoint<G>,
  guess: number,
  options: ZoomOptions,
): ZoomState<G> {
  const errors = errorsOf(start, options);
  const origin = { at: 0, value: start.value, slope: start.slope };
  let state: ZoomState<G> = {
    ...start,
    count: 0,
    stepsize: 0,
    decreaseError: Infinity,
    curvatureError: Infinity,
    isIntervalFound: false,
    isDone: false,
    hasFailed: false,
    low: origin,
    high: origin,
    cubicRef: origin,
    safe: { ...origin, grad: start.grad },
  };
  while (!state.isDone && !state.hasFailed) {
    state = state.isIntervalFound
      ? zoomIn(state, evaluate, errors, options)
      : searchInterval(state, evaluate, errors, guess, options);
  }
  return state.hasFailed ? fallBack(state) : state;
}

type Errors = (at: number, point: { value: number; slope: number }) => [decrease: number, curvature: number];

/** By how much a point misses the two conditions; infinite where it is NaN. */
function errorsOf(start: { value: number; slope: number }, options: ZoomOptions): Errors {
  const { slopeRtol, curvRtol, approxDecRtol } = options;
  return (at, { value, slope }) => {
    let decrease = fround(value - start.value - slopeRtol * at * start.slope);
    if (approxDecRtol !== undefined) {
      const bySlope = slope - (2 * slopeRtol - 1) * start.slope;
      const byValue = value - start.value - approxDecRtol * Math.abs(start.value);
      decrease = Math.min(fround(Math.max(bySlope, byValue)), decrease);
    }
    const curvature = fround(Math.abs(slope) - curvRtol * Math.abs(start.slope));
    return [excess(decrease), excess(curvature)];
  };
}

function excess(error: number): number {
  return Number.isNaN(error) ? Infinity : Math.max(error, 0);
}

/** Takes larger and larger steps until a minimum lies between two. */
function searchInterval<G>(
  state: ZoomState<G>,
  evaluate: (stepsize: number) => LinePoint<G>,
  errors: Errors,
  guess: number,
  { maxSteps, maxStepsize, tol, increaseFactor }: ZoomOptions,
): ZoomState<G> {
  const wanted = state.count === 0 ? guess : fround(increaseFactor * state.stepsize);
  const isLongest = maxStepsize !== undefined && wanted >= maxStepsize;
  const stepsize = maxStepsize === undefined ? wanted : Math.min(wanted, maxStepsize);
  const point = evaluate(stepsize);
  const [decreaseError, curvatureError] = errors(stepsize, point);
  const error = Math.max(decreaseError, curvatureError);
  const here = { at: stepsize, value: point.value, slope: point.slope };
  const before = { at: state.stepsize, value: state.value, slope: state.slope };
  const isHigh = decreaseError > 0 || (point.value >= state.value && state.count > 0);
  const isLow = point.slope >= 0 && !isHigh;
  const [low, high] = isLow ? [here, before] : [before, here];
  const isIntervalFound = isHigh || isLow || error <= tol;
  const isDone = error <= tol || (isLongest && !isIntervalFound);
  return {
    ...point,
    count: state.count + 1,
    stepsize,
    decreaseError,
    curvatureError,
    isIntervalFound,
    isDone,
    hasFailed: state.count + 1 >= maxSteps && !isDone,
    low,
    high,
    cubicRef: low,
    safe: decreaseError <= tol ? { ...here, grad: point.grad } : state.safe,
  };
}

/** Tries a point between two that a minimum lies between. */
function zoomIn<G>(
  state: ZoomState<G>,
  evaluate: (stepsize: number) => LinePoint<G>,
  errors: Errors,
  { maxSteps, tol, intervalThreshold }: ZoomOptions,
): ZoomState<G> {
  const { low, high, safe } = state;
  const length = fround(Math.abs(high.at - low.at));
  const stepsize = middleOf(state, length);
  const point = evaluate(stepsize);
  const [decreaseError, curvatureError] = errors(stepsize, point);
  const isDone = Math.max(decreaseError, curvatureError) <= tol;
  const here = { at: stepsize, value: point.value, slope: point.slope };
  const nextSafe = decreaseError <= tol && point.value < safe.value ? { ...here, grad: point.grad } : safe;

  const isHigh = decreaseError > 0 || point.value >= low.value;
  const isTurned = point.slope * (high.at - low.at) >= 0 && !isHigh;
  const isStuck = length <= intervalThreshold && nextSafe.at > 0;
  return {
    ...point,
    count: state.count + 1,
    stepsize,
    decreaseError,
    curvatureError,
    isIntervalFound: true,
    isDone,
    hasFailed: (state.count + 1 >= maxSteps || isStuck) && !isDone,
    low: isHigh ? low : here,
    high: isHigh ? here : isTurned ? low : high,
    cubicRef: isHigh || isTurned ? high : low,
    safe: nextSafe,
  };
}

/** The minimum of a cubic through what is known, or of a parabola, or half the way. */
function middleOf<G>({ low, high, cubicRef }: ZoomState<G>, length: number): number {
  const [left, right] = [Math.min(low.at, high.at), Math.max(low.at, high.at)];
  const isWithin = (at: number, margin: number) =>
    at > left + margin * length && at < right - margin * length;
  const cubic = fround(cubicMinimum(low, high, cubicRef));
  if (isWithin(cubic, 0.2)) return cubic;
  const quadratic = fround(quadraticMinimum(low, high));
  return isWithin(quadratic, 0.1) ? quadratic : fround((low.at + high.at) / 2);
}

/** The best step that is safe; no step where the last one left the domain of the loss. */
function fallBack<G>(state: ZoomState<G>): ZoomState<G> {
  const { safe } = state;
  if (!(safe.at > 0) && state.decreaseError !== Infinity) return state;
  return { ...state, stepsize: safe.at, value: safe.value, grad: safe.grad };
}

const { fround } = Math;
