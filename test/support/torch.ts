/** Registers tests that need PyTorch. */
import { missingTorch } from "../torch/torch_io.ts";

const missing = await missingTorch();

/** Without PyTorch the test is skipped and says so; on a build server (CI=true) it fails. */
export function torchTest(name: string, test: (t: Deno.TestContext) => Promise<void>): void {
  const ignore = missing !== null && Deno.env.get("CI") !== "true";
  Deno.test({
    name: ignore ? `${name} (skipped, no PyTorch on this machine)` : name,
    ignore,
    // The device of the webgpu backend and its timers live as long as the process.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      if (missing !== null) throw new Error(missing);
      await test(t);
    },
  });
}
