/** What a WebGPU adapter is worth; imports no numeric library. */

/** The part of WebGPU's adapter that tells hardware from software. */
export interface AdapterTraits {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly architecture?: string;
    readonly description?: string;
    readonly device?: string;
    readonly vendor?: string;
    readonly isFallbackAdapter?: boolean;
  };
}

const SOFTWARE_NAMES = /llvmpipe|lavapipe|swiftshader|softpipe|basic render|software/i;

/** True if the adapter computes on the CPU: useful for checking results, slower than `wasm`. */
export function isSoftwareAdapter(adapter: AdapterTraits): boolean {
  const { info } = adapter;
  if (adapter.isFallbackAdapter === true || info?.isFallbackAdapter === true) return true;
  return SOFTWARE_NAMES.test(`${info?.description ?? ""} ${info?.device ?? ""} ${info?.vendor ?? ""}`);
}

/** All that an adapter says of its maker, its kind and its driver. */
export function adapterText({ info = {} }: AdapterTraits): string {
  const { vendor, architecture, device, description } = info;
  return [vendor, architecture, device, description].filter((text) => (text ?? "") !== "").join(" ") ||
    "unnamed";
}

/** The adapter that WebGPU hands out, or null if there is none or the driver fails. */
export async function requestAdapter(): Promise<GPUAdapter | null> {
  try {
    return await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }) ?? null;
  } catch {
    return null; // a driver that fails to load is as good as none
  }
}
