/** Where WebAssembly has no memory left, kernels say so before they write. */
import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../../lib/base/errors.ts";
import type { Pool } from "../../../../lib/kernels/wasm/pool.ts";
import { allocatorOf, type WasmBackend, WasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";

/** A backend whose memory is full. */
function fullBackend(): WasmBackend {
  const entry = { memoryOffset: 0, refCount: 1 };
  return {
    wasm: {
      asm: { memory: new WebAssembly.Memory({ initial: 32 }) },
      _malloc: () => 0,
      _free: () => {},
    },
    dataIdMap: { get: () => entry },
    makeOutput: (shape, dtype) => ({ dataId: tf.zeros([...shape]).dataId, shape: [...shape], dtype }),
    disposeData: () => true,
  };
}

Deno.test("memory that is not there is told in a sentence, whatever it was for", () => {
  const backend = fullBackend();
  const kernels = new WasmKernels(backend, { threads: 1 } as Pool, new Map());
  const asks: Readonly<Record<string, () => void>> = {
    scratch: () => void allocatorOf(backend)(2 ** 21),
    borrowed: () => kernels.borrow(2 ** 19, () => {}),
    pieces: () => kernels.borrowPieces({ a: 2 ** 18, b: 2 ** 18 }, () => {}),
    table: () => void kernels.table("t", () => new Float32Array(2 ** 19)),
    output: () => void tf.tidy(() => kernels.output([2, 2 ** 18]).tensor),
  };
  for (const [name, ask] of Object.entries(asks)) {
    const error = assertThrows(ask, UserError, "out of memory: wanted 2 MB more beside the 2 MB", name);
    assertEquals(error.reason, "system-limit", name);
  }
});
