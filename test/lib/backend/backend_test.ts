import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../../lib/base/errors.ts";
import { type BackendName, openBackend } from "../../../lib/backend/backend_io.ts";
import { isSoftwareAdapter, requestAdapter } from "../../../lib/backend/adapter.ts";
import { detectBackend, hasGraphicsDevice } from "../../../lib/backend/detect_io.ts";

const ROOT = new URL("../../../", import.meta.url);
const WASM_FOLDERS = [
  new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm")),
  new URL("lib/kernels/wasm/", ROOT),
].map((folder) => fromFileUrl(folder));

Deno.test("openBackend() needs to read its package and the kernels for wasm and nothing at all for cpu", async () => {
  for (const [name, permissions] of [["wasm", [`--allow-read=${WASM_FOLDERS}`]], ["cpu", []]] as const) {
    const { ok, output } = await computeIn(name, permissions);
    assert(ok, output);
    assertEquals(output.trim(), `${name} 3,3,3,3`);
  }
});

Deno.test("openBackend() names what it could not read", async () => {
  const { ok, output } = await computeIn("wasm", []);
  assert(!ok);
  assertStringIncludes(output, "Cannot open the wasm backend: Requires read access");
});

Deno.test("openBackend() refuses WebGPU without hardware and says what to do", async () => {
  const adapter = await requestAdapter();
  if (adapter !== null && !isSoftwareAdapter(adapter)) return; // this machine has hardware: nothing to refuse
  const error = await assertRejects(() => openBackend("webgpu"), UserError, "Cannot open the webgpu backend");
  assertEquals(error.reason, "backend-unavailable");
  assertStringIncludes(error.message, "take the wasm backend");
  assertStringIncludes(error.message, "Install the Vulkan driver");
});

Deno.test("isSoftwareAdapter() recognises adapters that compute on the CPU", () => {
  for (
    const description of [
      "llvmpipe (LLVM 15.0.6, 256 bits)",
      "SwiftShader Device",
      "Microsoft Basic Render Driver",
    ]
  ) {
    assert(isSoftwareAdapter({ info: { description } }), description);
  }
  assert(isSoftwareAdapter({ isFallbackAdapter: true }));
  assert(isSoftwareAdapter({ info: { isFallbackAdapter: true, description: "unnamed" } }));
  assert(
    !isSoftwareAdapter({ info: { description: "NVIDIA H100", vendor: "nvidia", isFallbackAdapter: false } }),
  );
  assert(!isSoftwareAdapter({ info: { description: "AMD Radeon Graphics (RADV RENOIR)" } }));
});

Deno.test("hasGraphicsDevice() looks for device files of graphics cards", async () => {
  const dev = await Deno.makeTempDir();
  try {
    assertEquals(hasGraphicsDevice(dev), false);
    await Deno.mkdir(`${dev}/dri`);
    await Deno.writeTextFile(`${dev}/dri/card0`, "");
    assertEquals(hasGraphicsDevice(dev), false); // a display without a render node
    await Deno.writeTextFile(`${dev}/dri/renderD128`, "");
    assertEquals(hasGraphicsDevice(dev), true);
    await Deno.remove(`${dev}/dri`, { recursive: true });
    await Deno.writeTextFile(`${dev}/nvidia0`, "");
    assertEquals(hasGraphicsDevice(dev), true);
  } finally {
    await Deno.remove(dev, { recursive: true });
  }
});

Deno.test("detectBackend() gives a backend that opens here", async () => {
  const name = await detectBackend();
  assertEquals((await openBackend(name)).name, name);
});

/** A product of matrices, computed in a process of its own with these permissions only. */
async function computeIn(
  name: BackendName,
  permissions: readonly string[],
): Promise<{ ok: boolean; output: string }> {
  const program = `
    import * as tf from "@tensorflow/tfjs";
    import { openBackend } from ${JSON.stringify(new URL("lib/backend/backend_io.ts", ROOT).href)};
    try {
      await openBackend(${JSON.stringify(name)});
      const y = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2]));
      console.log(tf.getBackend(), String(await y.data()));
    } catch (error) {
      console.log(error.message);
      Deno.exit(1);
    }`;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      "--no-check",
      `--config=${fromFileUrl(new URL("deno.json", ROOT))}`,
      ...permissions,
      "-",
    ],
    cwd: fromFileUrl(ROOT),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = process.stdin.getWriter();
  await input.write(new TextEncoder().encode(program));
  await input.close();
  const { success, stdout, stderr } = await process.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { ok: success, output: success ? text(stdout) : text(stdout) + text(stderr) };
}
