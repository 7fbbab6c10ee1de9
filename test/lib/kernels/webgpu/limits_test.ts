/** What WebGPU promises on every device is enough for every program, whatever the device of this machine offers. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { LIMITS, type Shader, shaderSource } from "../../../../lib/kernels/webgpu/shader.ts";
import { allShaders } from "./all_shaders.ts";

const BYTES: Readonly<Record<string, number>> = {
  "f32": 4,
  "atomic<u32>": 4,
  "vec3<f32>": 16,
  "vec4<f32>": 16,
};

Deno.test("every program keeps to the limits that WebGPU promises", () => {
  for (const shader of allShaders()) {
    const source = shaderSource(shader);
    const arrays = [...source.matchAll(/var<workgroup> \w+: array<([^;]+), (\d+)>;/g)];
    assertEquals(
      arrays.length,
      source.split("var<workgroup>").length - 1,
      `${shader.key}: arrays in another form`,
    );
    const bytes = arrays.reduce((sum, [, type, size]) => sum + BYTES[type!]! * Number(size), 0);
    assert(bytes <= LIMITS.workgroupBytes, `${shader.key}: ${bytes} bytes of workgroup memory`);
    const invocations = /@workgroup_size\((\d+)(?:, (\d+))?\)/.exec(source)!.slice(1)
      .reduce((product, n) => product * Number(n ?? 1), 1);
    assert(invocations <= LIMITS.invocations, `${shader.key}: ${invocations} invocations`);
    assert(Object.keys(shader.buffers).length <= LIMITS.storageBuffers, shader.key);
  }
});

Deno.test("programs of one key have one source", () => {
  const sources = new Map<string, string>();
  for (const bands of [8, 9, 39, 40, 41, 64, 80, 127, 128]) {
    for (const shader of allShaders([bands])) {
      const source = shaderSource(shader);
      assertEquals(sources.get(shader.key) ?? source, source, shader.key);
      sources.set(shader.key, source);
    }
  }
});

Deno.test("shaderSource() refuses a ninth buffer", () => {
  const buffers = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`b${i}`, "read" as const]));
  const shader: Shader<string, string> = { key: "wide", buffers, sizes: {}, code: () => "" };
  assertThrows(() => shaderSource(shader), Error, "wide binds 9 buffers, at most 8 are possible");
});
