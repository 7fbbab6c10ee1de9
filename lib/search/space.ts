/** Spaces of configurations that a search draws from. Pure. */
import { canonicalJson, type Json } from "../base/json.ts";
import type { Rng } from "../base/random.ts";

/** What one value may be. */
export type Domain =
  /** Real, its logarithm uniform: 0 < low < high. */
  | { readonly kind: "logarithmic"; readonly low: number; readonly high: number }
  /** Real and uniform: low < high. */
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  /** Whole, both ends included. */
  | { readonly kind: "int"; readonly low: number; readonly high: number }
  /** One of these, whose order means nothing; at least one, all different. */
  | { readonly kind: "choice"; readonly values: readonly Json[] };

export interface Dimension {
  /** Dotted, as in the configuration. */
  readonly key: string;
  readonly domain: Domain;
}

export type Space = readonly Dimension[];

/** One value for each dimension, in their order. */
export type Values = readonly Json[];

/** More tries at a configuration that was not drawn before would not be worth their time. */
const TRIES = 100;
/** Spaces of at most so many configurations are listed where drawing finds nothing new. */
const MOST_LISTED = 100_000;
/** Numbers are drawn so fine, that what is shown is what is trained: significant digits, or decimals of the span. */
const DIGITS = 4;

/** The value at a place of a domain. @param unit In [0, 1]; equal parts of it are equally likely. */
export function valueAt(domain: Domain, unit: number): Json {
  switch (domain.kind) {
    case "logarithmic": {
      const [low, high] = [Math.log(domain.low), Math.log(domain.high)];
      return within(domain, Number(Math.exp(low + unit * (high - low)).toPrecision(DIGITS)));
    }
    case "uniform": {
      const span = domain.high - domain.low;
      const decimals = Math.min(20, Math.max(0, DIGITS - Math.ceil(Math.log10(span))));
      return within(domain, Number((domain.low + unit * span).toFixed(decimals)));
    }
    case "int":
      return domain.low + Math.min(countOf(domain) - 1, Math.floor(unit * countOf(domain)));
    case "choice":
      return domain.values[Math.min(countOf(domain) - 1, Math.floor(unit * countOf(domain)))]!;
    default:
      domain satisfies never;
      throw new Error(`Unknown domain ${JSON.stringify(domain)}`);
  }
}

/** The place of a number in its domain, in [0, 1]: of an integer the middle of its part. */
export function unitOf(domain: Exclude<Domain, { kind: "choice" }>, value: number): number {
  switch (domain.kind) {
    case "logarithmic":
      return Math.log(value / domain.low) / Math.log(domain.high / domain.low);
    case "uniform":
      return (value - domain.low) / (domain.high - domain.low);
    case "int":
      return (value - domain.low + 0.5) / countOf(domain);
    default:
      domain satisfies never;
      throw new Error(`Unknown domain ${JSON.stringify(domain)}`);
  }
}

/** How many values there are; of reals Infinity. */
export function countOf(domain: Domain): number {
  switch (domain.kind) {
    case "logarithmic":
    case "uniform":
      return Infinity;
    case "int":
      return domain.high - domain.low + 1;
    case "choice":
      return domain.values.length;
    default:
      domain satisfies never;
      throw new Error(`Unknown domain ${JSON.stringify(domain)}`);
  }
}

/** How many configurations there are. */
export function sizeOf(space: Space): number {
  return space.reduce((product, { domain }) => product * countOf(domain), 1);
}

/** Every value for itself, uniformly in its domain. */
export function drawValues(space: Space, rng: Rng): Values {
  return space.map(({ domain }) => valueAt(domain, rng.uniform()));
}

/** Equal for equal configurations. */
export function identityOf(values: Values): string {
  return canonicalJson(values);
}

/**
 * A configuration that was not drawn before: what is trained again from the same seed gives the same again.
 *
 * @param draw Draws one. @param seen {@link identityOf} those before.
 * @returns Undefined: there is no other, or none was found.
 */
export function drawUnseen(
  space: Space,
  draw: () => Values,
  seen: ReadonlySet<string>,
  rng: Rng,
): Values | undefined {
  for (let i = 0; i < TRIES; i++) {
    const values = draw();
    if (!seen.has(identityOf(values))) return values;
  }
  if (sizeOf(space) > MOST_LISTED) return undefined;
  const left = listAll(space).filter((values) => !seen.has(identityOf(values)));
  return left.length === 0 ? undefined : rng.pick(left);
}

/** @param space Without reals. */
function listAll(space: Space): Values[] {
  return space.reduce<Json[][]>((rows, { domain }) => {
    const count = countOf(domain);
    const values = Array.from({ length: count }, (_, i) => valueAt(domain, (i + 0.5) / count));
    return rows.flatMap((row) => values.map((value) => [...row, value]));
  }, [[]]);
}

/** Rounding must not lead out of a domain. */
function within({ low, high }: { readonly low: number; readonly high: number }, value: number): number {
  return Math.min(high, Math.max(low, value));
}
