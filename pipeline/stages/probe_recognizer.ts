/** Stage `probe` of a recogniser: what a training made of its front-end, in numbers small enough to be drawn. */
import { openBackend } from "../../lib/backend/backend_io.ts";
import { readTensors, writeTensors } from "../../lib/formats/safetensors_io.ts";
import { buildSequenceFrontend } from "../../lib/frontends/chain.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import { disposeState } from "../../lib/nn/state.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { frontendTensors, probeStates } from "./probing.ts";

/** Reads input `best` (a checkpoint); writes `probe.safetensors`: the arrays of {@link frontendTensors}. */
export interface ProbeRecognizerSlice {
  readonly frontend: FrontendSpec;
}

export async function run(io: StageIo): Promise<void> {
  const { frontend } = io.slice as unknown as ProbeRecognizerSlice;
  // The same backend everywhere, so that what a report shows does not depend on the machine's accelerator.
  await openBackend("wasm", { threads: io.threads });
  const states = probeStates(buildSequenceFrontend(frontend).specs, readTensors(io.input("best")));
  const tensors = await frontendTensors(frontend, states);
  Object.values(states).forEach(disposeState);
  writeTensors(io.output("probe.safetensors"), tensors, { frontend: JSON.stringify(frontend) });
}

if (import.meta.main) await serveStage(run);
