import type { Heads, ModelSpec } from "../../contract.ts";

export const HEADS: Heads<ModelSpec> = {
  clip: () => import("./clip.ts"),
  frame: () => import("./frame.ts"),
};
