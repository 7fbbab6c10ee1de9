/** A frozen prefix as one pass over a wave's frames, for those who have no tensors. Pure. */
import type { SpectrumPass } from "../kernels/spectrum/pass.ts";
import { isServed } from "../kernels/spectrum/tables.ts";
import type { PlainStep } from "./contract.ts";
import type { Chain } from "./plan.ts";
import { BARE, type Behind, extended } from "./steps/behind.ts";

/** Of all steps, which start from their own tensors; undefined: they are not one pass. */
export function plainPass({ steps }: Pick<Chain, "steps">): SpectrumPass | undefined {
  const [first, ...others] = steps.map(({ kind, values }) =>
    values.trained ? undefined : kind.plain?.(values)
  );
  if (first?.does !== "transform" || !isServed(first.form)) return undefined;
  let behind: Behind<PlainBank> | undefined = BARE;
  for (const step of others) {
    behind = step === undefined || step.does === "transform" ? undefined : extended(behind, step);
    if (behind === undefined) return undefined;
  }
  const { bank, logOffset, ...other } = behind;
  const { form, powerEpsilon } = first;
  return { ...form, powerEpsilon, ...other, bank: bank && { ...bank, logOffset } };
}

type PlainBank = Extract<PlainStep, { does: "filter" }>["bank"];
