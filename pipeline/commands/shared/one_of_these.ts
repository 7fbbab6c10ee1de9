/** A word of a short list. Pure. */
import { choice, text, type ValueParser } from "@optique/core";
import { suggestion } from "../../../lib/base/nearest.ts";

/** @param metavar What help calls it where it is an argument. */
export function oneOfThese<const T extends string>(
  values: readonly T[],
  metavar: "SHELL" | "TYPE" = "TYPE",
): ValueParser<"sync", T> {
  return choice(values, {
    metavar,
    errors: {
      invalidChoice: (typed) => [
        text(`wanted ${values.join(" or ")}, found ${JSON.stringify(typed)}.${suggestion(typed, values)}`),
      ],
    },
  });
}
