/** Cheap choice of a backend; imports no numeric library, so that planning a run stays fast. */

/** The part of WebGPU's adapter that tells hardware from software. */
export interface AdapterTraits {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly description?: string;
    readonly device?: string;
    readonly vendor?: string;
    readonly isFallbackAdapter?: boolean;
  };
}

const SOFTWARE_NAMES = /llvmpipe|lavapipe|swiftshader|softpipe|basic render|software/i;

/**
 * What `backend=auto` stands for on this machine: `webgpu` if there is a hardware adapter, else `wasm`.
 * On Linux a machine without graphics device files is settled without asking the driver.
 */
export async function detectBackend(): Promise<"webgpu" | "wasm"> {
  if (Deno.build.os === "linux" && !hasGraphicsDevice("/dev")) return "wasm";
  const adapter = await requestAdapter();
  return adapter !== null && !isSoftwareAdapter(adapter) ? "webgpu" : "wasm";
}

/** True if the adapter computes on the CPU: useful for checking results, slower than `wasm`. */
export function isSoftwareAdapter(adapter: AdapterTraits): boolean {
  const { info } = adapter;
  if (adapter.isFallbackAdapter === true || info?.isFallbackAdapter === true) return true;
  return SOFTWARE_NAMES.test(`${info?.description ?? ""} ${info?.device ?? ""} ${info?.vendor ?? ""}`);
}

/** The adapter that WebGPU hands out, or null if there is none or the driver fails. */
export async function requestAdapter(): Promise<GPUAdapter | null> {
  try {
    return await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }) ?? null;
  } catch {
    return null; // a driver that fails to load is as good as none
  }
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
