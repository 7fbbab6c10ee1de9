/** Makes words, or the running speech beside them: settings tell which. */
import type { Maker } from "../contract.ts";
import { makeRunning } from "../spoken_running/maker_io.ts";
import { maker as makeWords } from "./maker_io.ts";

export const maker: Maker = (settings, ...rest) =>
  (Object.hasOwn(settings, "running_seconds") ? makeRunning : makeWords)(settings, ...rest);
