import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import { COMPILED } from "../../../../lib/kernels/spectrum/compiled.ts";
import { OwnKernels } from "../../../../lib/kernels/wasm/own_kernels.ts";
import { ownKernels } from "../../../../lib/kernels/wasm/own_kernels_io.ts";
import { readKernels } from "../../../../lib/kernels/wasm/read_kernels_io.ts";

async function opened(): Promise<OwnKernels> {
  return await OwnKernels.open(await readKernels(false), { threads: 1 });
}

Deno.test("OwnKernels gives pieces that do not overlap, and again what was given back", async () => {
  const kernels = await opened();
  const before = kernels.buffer.byteLength;
  const pieces = [100, 20_000_000, 7, 16].map((bytes) => ({ at: kernels.allocate(bytes), bytes }));
  assert(kernels.buffer.byteLength > before); // it has grown
  pieces.forEach(({ at, bytes }, i) => new Uint8Array(kernels.buffer, at, bytes).fill(i + 1));
  for (const [i, { at, bytes }] of pieces.entries()) {
    assertEquals(at % 16, 0);
    assert(at > 0 && new Uint8Array(kernels.buffer, at, bytes).every((value) => value === i + 1));
  }
  for (const { at } of pieces.slice(0, 3)) kernels.release(at);
  assertEquals(kernels.allocate(90), pieces[0]!.at); // the smallest that fits
  assertEquals(kernels.allocate(12), pieces[2]!.at);
  assertEquals(kernels.allocate(12), pieces[1]!.at);
  const grown = kernels.buffer.byteLength;
  kernels.release(kernels.allocate(1000));
  kernels.release(kernels.allocate(1000));
  assertEquals(kernels.buffer.byteLength, grown);
  await kernels.close();
});

Deno.test("OwnKernels says that there is no memory left, and goes on with what there is", async () => {
  const kernels = await opened();
  assertThrows(() => kernels.allocate(2 ** 33), UserError, "out of memory");
  assert(kernels.allocate(64) > 0);
  await kernels.close();
});

Deno.test("OwnKernels refuses a module that was made from other sources", async () => {
  const kernels = await opened();
  const { name, unit } = COMPILED.spectrumForward;
  const other = { name, unit: { ...unit, digest: "another" } };
  assertThrows(() => kernels.start(other, 1, [], 0), Error, "made from other sources");
  const bytes = await readKernels(false);
  bytes[bytes.length >> 1]! ^= 1;
  await assertRejects(() => OwnKernels.open(bytes, { threads: 1 }));
  await kernels.close();
});

Deno.test({
  name: "ownKernels() are the same for all who ask for as many threads",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    assertEquals(await ownKernels(2), await ownKernels(2));
    assert(await ownKernels(1) !== await ownKernels(2));
    assert((await ownKernels(2)).buffer instanceof SharedArrayBuffer);
  },
});
