/** What is typed beside a checkpoint that says of itself what it is, and is not what it says. Pure. */
import { type FrontendValues, frontendValues } from "../../lib/frontends/differences.ts";
import { makeFrontend } from "../../lib/frontends/front_end.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import type { CheckpointRecord } from "../../lib/records/checkpoint.ts";
import { type Checked, frontendContext } from "../config/check.ts";
import type { Typed } from "./checkpoint_config.ts";

/** @returns What the file says and typed values do not, in words: `mel.n_mels 80`. */
export async function frontendClaims(
  { frontend: there }: CheckpointRecord,
  { checked, usual, typed }: Typed,
): Promise<string[]> {
  const { config, kinds } = checked;
  if (typed.has("frontend") && config.frontend.kind !== there.kind) return [`frontend ${there.kind}`];
  if (typed.has("compression") && !there.steps.some(({ step }) => step === config.compression.kind)) {
    return [`steps ${there.steps.map(({ step }) => step).join(" ")}`];
  }
  const parts = frontendContext(config, kinds).trained;
  if (typesTrained(typed) && parts.toSorted().join() !== there.trained.toSorted().join()) {
    return [`${there.trained.join(" and ") || "nothing"} of the front-end trained`];
  }
  const valuesOf = async ({ config, kinds }: Checked) => {
    const context = { ...frontendContext(config, kinds), trained: there.trained };
    return await frontendValues(await makeFrontend(config.frontend, context), there);
  };
  return valueClaims(
    {
      there: await frontendValues(there, there),
      here: await valuesOf(checked),
      usual: await valuesOf(usual),
    },
    [...typed].filter((key) => key !== "frontend.trained" && /^(frontend|compression)\./.test(key)),
  );
}

/** Whether it is typed which parts are trained. */
export function typesTrained(typed: Typed["typed"]): boolean {
  return typed.has("setting") || typed.has("frontend.trained");
}

/**
 * A typed value decides what differs from the usual. Where it is the usual one nothing differs: then it is found by its
 * name, or, if no value is called so, taken for wrong unless all values are as the file says.
 */
function valueClaims(
  { there, here, usual }: Readonly<Record<"there" | "here" | "usual", FrontendValues>>,
  typed: readonly string[],
): string[] {
  const say = (key: string) => `${key} ${there.get(key) ?? "nothing"}`;
  const keys = [...new Set([...there.keys(), ...here.keys()])];
  const wrong = keys.filter((key) => here.get(key) !== there.get(key));
  const decided = keys.filter((key) => here.get(key) !== usual.get(key));
  const claims = wrong.filter((key) => decided.includes(key) || typed.some((path) => isNamed(key, path)));
  if (claims.length > 0) return claims.map(say);
  const unnamed = decided.length > 0 || wrong.length === 0
    ? []
    : typed.filter((path) => !keys.some((key) => isNamed(key, path)));
  return unnamed.length === 0
    ? []
    : [`${wrong.map(say).join(", ")}, beside which ${unnamed.join(", ")} says nothing`];
}

/** Whether a step's value is called as one of the configuration: `bands.limits` as `frontend.compat.band_limits`. */
function isNamed(key: string, path: string): boolean {
  const [name, leaf] = [key.split(".").at(-1)!, path.split(".").at(-1)!];
  return leaf === name || leaf.endsWith(`_${name}`);
}

/** @param fitted The data set's group as it is for the checkpoint. @returns As above. */
export function dataClaims(typed: Typed, fitted: JsonObject): string[] {
  const { dataset } = typed.checked.config;
  return Object.keys(fitted).filter((key) => typed.typed.has(`dataset.${key}`))
    .filter((key) => comparable(dataset[key]) !== comparable(fitted[key]))
    .map((key) => `dataset.${key} ${JSON.stringify(fitted[key])}`);
}

/** Classes are in the file's order, whatever order is typed. */
function comparable(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.toSorted() : value);
}
