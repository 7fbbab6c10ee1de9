import type { Heads } from "../../contract.ts";
import type { Config } from "../kind.ts";

export const HEADS: Heads<Config> = {
  clip: () => import("./clip.ts"),
  frame: () => import("./frame.ts"),
};
