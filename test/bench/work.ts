/** One case, ready to be timed. */
import { openBackend } from "../../lib/backend/backend_io.ts";
import type { Prepared, WorkRequest } from "./protocol.ts";

export interface Work extends Prepared {
  /** Before each run, untimed. */
  before?(): unknown;
  /** One timed run. */
  run(): unknown;
  close?(): unknown;
}

/** Modules are loaded when asked for: what a case does not need does not count in its memory. */
export async function prepareWork(
  { case: wanted, threads, exchange }: Extract<WorkRequest, { readonly do: "prepare" }>,
): Promise<Work> {
  switch (wanted.kind) {
    case "train":
    case "recognize":
      await openBackend("wasm", { threads });
      return await (await import("./network_work.ts")).prepareTraining(wanted, exchange);
    case "infer":
      await openBackend("wasm", { threads });
      return await (await import("./network_work.ts")).prepareInference(wanted, exchange);
    case "frontend":
      await openBackend("wasm", { threads });
      return await (await import("./network_work.ts")).prepareFrontend(wanted);
    case "fixed":
      await openBackend("wasm", { threads });
      return await (await import("./network_work.ts")).prepareFixed(wanted, exchange);
    case "pcen":
      await openBackend("wasm", { threads });
      return (await import("./pcen_work.ts")).preparePcen(wanted, exchange);
    case "listen":
      await openBackend("wasm", { threads });
      return await (await import("./listen_work.ts")).prepareListening(wanted);
    case "webgpu":
      return await (await import("./webgpu_work.ts")).prepareDeviceStep(wanted);
    case "arithmetic": {
      const { prepareGemm, preparePeak } = await import("./arithmetic_io.ts");
      return wanted.what === "gemm" ? await prepareGemm(threads) : await preparePeak(threads);
    }
    case "synthesis":
      return (await import("./stage_work.ts")).prepareSynthesis(wanted);
    case "features":
      return await (await import("./stage_work.ts")).prepareFeatures(wanted, threads, exchange);
    case "noop":
      return await (await import("./stage_work.ts")).prepareNoop();
    default:
      wanted satisfies never;
      throw new Error(`Unknown case ${JSON.stringify(wanted)}`);
  }
}
