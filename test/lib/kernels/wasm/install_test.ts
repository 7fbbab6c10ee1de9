import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("../../../../", import.meta.url));

/** Runs a script in a process that may read the code and the wasm backend's package, and nothing else. */
async function runRestricted(script: string): Promise<unknown> {
  const backend = fromFileUrl(new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm")));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--ext=ts", `--allow-read=${ROOT},${backend}`, "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const INSTALL = `
import * as tf from "@tensorflow/tfjs";
import { installWasmKernels } from "./lib/kernels/wasm/install_io.ts";
import { wasmKernels } from "./lib/kernels/wasm/runtime.ts";
import { COMPILED } from "./lib/kernels/linear/compiled.ts";
`;

Deno.test("installWasmKernels() starts two threads with permission to read only, and the process ends", async () => {
  const result = await runRestricted(`${INSTALL}
const first = await installWasmKernels(tf, { threads: 2 });
const again = await installWasmKernels(tf, { threads: 2 });
const sums = wasmKernels().output([2]);
const source = tf.tensor2d([[1, 2], [3, 4]]);
wasmKernels().run(COMPILED.columnSums, 2, [wasmKernels().addressOf(source), 2, 2, sums.address]);
console.log(JSON.stringify({ first, again, sums: [...sums.tensor.dataSync()], backend: tf.getBackend() }));`);
  assertEquals(result, { first: { threads: 2 }, again: { threads: 2 }, sums: [4, 6], backend: "wasm" });
});

Deno.test("installWasmKernels() takes one thread and says so when the backend's memory is not shared", async () => {
  const result = await runRestricted(`${INSTALL}
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
setWasmPaths(new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm")).pathname);
await tf.setBackend("wasm");
console.log(JSON.stringify(await installWasmKernels(tf, { threads: 2 })));`);
  assertEquals(result, {
    threads: 1,
    note: "computing on 1 thread instead of 2: no shared memory was available",
  });
});
