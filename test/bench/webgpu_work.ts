/** A training step on WebGPU, as far as JavaScript takes part in it, prepared so that one call is one timed run. */
import * as tf from "@tensorflow/tfjs";
import type { BenchCase } from "./cases.ts";
import { countStep, installKernels, openNullDevice, prepareStep } from "./device_step.ts";
import type { Work } from "./work.ts";

/** The device computes nothing; each run's time is that of asking. */
export async function prepareDeviceStep(
  { task, model, setting, batch, submitEvery }: Extract<BenchCase, { readonly kind: "webgpu" }>,
): Promise<Work> {
  const adapter = await openNullDevice();
  if (submitEvery !== undefined) tf.env().set("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE", submitEvery);
  installKernels();
  const step = await prepareStep({ task, model, setting, batch }, { count: () => adapter.count });
  const device = await countStep(step, adapter);
  return { device, run: () => step.run(), close: () => step[Symbol.dispose]() };
}
