import { UserError } from "../../base/errors.ts";
import type { StepStream } from "./contract.ts";

/** A clip's mean is known at its end alone, and what comes behind sees it in every frame. */
export const kind: StepStream = {
  stream() {
    throw new UserError(
      "bad-config",
      "Cannot take off a clip's mean frame by frame: it depends on frames to come. Listen in windows, or " +
        "train with another normalisation (batch, none).",
    );
  },
};
