/** Front-ends that convolve waves with filters, as their files have them, for tests. */
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { CompressionConfig, FrontendSpec } from "../../../../lib/frontends/contract.ts";
import { loadFrontend, makeFrontend } from "../../../../lib/frontends/front_end.ts";
import { readTensors } from "../../../../lib/formats/safetensors_io.ts";
import { parse } from "@std/yaml";

const { tensors } = readTensors(
  new URL("../../../fixtures/filters/references.safetensors", import.meta.url).pathname,
);

/** What was kept of the originals' tensors. */
export function kept(name: string): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`No reference ${name}`);
  return Float32Array.from(tensor.data as ArrayLike<number>);
}

/** Which values of a result were kept. */
export const STEP = 13;

/** What a file of a group of the configuration holds, but for what it wants elsewhere. */
export function groupOf(group: string, name: string): JsonObject & { readonly kind: string } {
  const text = Deno.readTextFileSync(new URL(`../../../../conf/${group}/${name}.yaml`, import.meta.url));
  const { prefers: _prefers, also: _also, ...values } = parse(text) as JsonObject;
  return values as JsonObject & { readonly kind: string };
}

/** @param name Of a file in `conf/frontend`. @param compression Of one in `conf/compression`, with changes. */
export async function frontEnd(
  name: string,
  trained: readonly string[],
  changes: JsonObject,
  compression: string,
  changesOfCompression: JsonObject = {},
): Promise<FrontendSpec> {
  const config = { ...groupOf("frontend", name), ...changes };
  const { schema } = await loadFrontend(config.kind);
  return await makeFrontend(schema.parse(config), {
    sampleRate: 16000,
    clipSamples: 16000,
    seed: 0,
    trained,
    compression: { ...groupOf("compression", compression), ...changesOfCompression } as CompressionConfig,
  });
}
