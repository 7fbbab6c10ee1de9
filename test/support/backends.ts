/** Runs a test on every backend that this machine has. */
import { type BackendName, openBackend } from "../../lib/backend/backend_io.ts";
import { requestAdapter } from "../../lib/backend/adapter.ts";
import { PART } from "./slow.ts";

/** True if there is any WebGPU adapter, even one that computes on the CPU: enough to check results. */
const hasAdapter = (await requestAdapter()) !== null;

/**
 * Registers `name` once for each backend. Without an adapter the webgpu test is skipped and says so; on a build
 * server (CI=true) it fails, so that a missing driver is noticed.
 */
export function onEveryBackend(name: string, test: () => Promise<void>): void {
  onBackends(["cpu", "wasm", "webgpu"], name, test);
}

/** Of a file with a slow part, wasm alone; of the slow part, the others. */
export function onBackends(backends: readonly BackendName[], name: string, test: () => Promise<void>): void {
  for (const backend of backends) {
    if (PART === (backend === "wasm" ? "slow" : "quick")) continue;
    const absent = backend === "webgpu" && !hasAdapter;
    Deno.test({
      name: absent && !isBuildServer()
        ? `${name} (webgpu: skipped, no adapter on this machine)`
        : `${name} (${backend})`,
      ignore: absent && !isBuildServer(),
      // The backend's device and its timers live as long as the process.
      sanitizeOps: backend !== "webgpu",
      sanitizeResources: backend !== "webgpu",
      fn: async () => {
        await openForTest(backend);
        await test();
      },
    });
  }
}

export async function openForTest(backend: BackendName): Promise<void> {
  await openBackend(backend, { allowSoftware: true });
}

export function webGpuIsHere(): boolean {
  return hasAdapter;
}

function isBuildServer(): boolean {
  return Deno.env.get("CI") === "true";
}
