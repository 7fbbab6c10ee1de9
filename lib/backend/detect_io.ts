/** Cheap choice of a backend; imports no numeric library, so that planning a run stays fast. */
import { isSoftwareAdapter, requestAdapter } from "./adapter.ts";

/**
 * What `backend=auto` stands for on this machine: `webgpu` if there is a hardware adapter, else `wasm`.
 * On Linux a machine without graphics device files is settled without asking the driver.
 */
export async function detectBackend(): Promise<"webgpu" | "wasm"> {
  if (Deno.build.os === "linux" && !hasGraphicsDevice("/dev")) return "wasm";
  const adapter = await requestAdapter();
  return adapter !== null && !isSoftwareAdapter(adapter) ? "webgpu" : "wasm";
}

/**
 * Whether a Linux machine has a device file of a graphics card below `dev`. A folder that may not be read counts as
 * "perhaps": then the adapter is asked for.
 */
export function hasGraphicsDevice(dev: string): boolean {
  return [{ folder: dev, pattern: /^nvidia/ }, { folder: `${dev}/dri`, pattern: /^renderD/ }]
    .some(({ folder, pattern }) => {
      try {
        return [...Deno.readDirSync(folder)].some((entry) => pattern.test(entry.name));
      } catch (error) {
        return !(error instanceof Deno.errors.NotFound);
      }
    });
}
