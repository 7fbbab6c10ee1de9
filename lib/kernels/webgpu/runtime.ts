/** Runs WGSL programs on the device, in the buffers and in the command queue of TensorFlow.js' webgpu backend. */
import * as tf from "@tensorflow/tfjs";
import { type Shader, shaderSource } from "./shader.ts";

/** What is used of the webgpu backend beyond its public interface; the library is pinned exactly. */
interface WebGpuBackend {
  readonly device: GPUDevice;
  readonly tensorMap: { get(dataId: object): Entry | undefined };
  /** Tensors whose buffers may not be reused before the recorded commands are submitted. */
  readonly commandQueueOwnedIds: { add(dataId: object): void };
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  uploadToGPU(dataId: object): void;
  makeUniforms(fields: { readonly type: "uint32" | "float32"; readonly data: number[] }[]): GPUBufferBinding;
  makeTensorInfo(shape: readonly number[], dtype: "float32"): tf.TensorInfo;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

interface Entry {
  readonly resource: GPUBuffer | null;
  readonly refCount: number;
  /** Copy in JavaScript's memory, kept after reading. */
  values: unknown;
}

/** What WebGPU promises on every device. */
const MOST_WORKGROUPS = 65_535;

const installed = new WeakMap<object, WebGpuKernels>();

/** Kernels of the backend in use, or undefined: then operations are composed of standard ones. */
export function webGpuKernels(): WebGpuKernels | undefined {
  return installed.get(tf.backend());
}

/** From now on operations run this project's kernels whenever the backend now in use is; again changes nothing. */
export function installWebGpuKernels(): void {
  if (tf.getBackend() !== "webgpu") throw new Error(`The backend is ${tf.getBackend()}, not webgpu`);
  const backend = tf.backend();
  if (installed.has(backend)) return;
  installed.set(backend, new WebGpuKernels(backend as unknown as WebGpuBackend));
}

interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Calls that may come again, by their numbers; null once there were too many of them. */
  calls: Map<string, Call> | null;
}

/** Numbers that a program was started with, in a buffer that nobody changes, and what it was bound to beside them. */
interface Call {
  readonly uniforms: GPUBufferBinding;
  /** By the buffers. */
  readonly groups: Map<string, GPUBindGroup>;
}

/** Of a program. With more, its numbers are others in every step, such as the seed of a dropout mask. */
const MOST_CALLS = 64;
/** Of a call: the backend hands out the same buffers in turn. */
const MOST_GROUPS = 64;

export class WebGpuKernels {
  readonly #backend: WebGpuBackend;
  readonly #compiled = new Map<string, Compiled>();
  /** Tells buffers apart. */
  readonly #places = new WeakMap<GPUBuffer, number>();
  #nextPlace = 0;

  constructor(backend: WebGpuBackend) {
    this.#backend = backend;
  }

  /** True if a buffer of so many values can be bound and a grid of so many workgroups be started. */
  fits(floats: number, ...workgroups: readonly number[]): boolean {
    const { maxStorageBufferBindingSize } = this.#backend.device.limits;
    return floats * 4 <= maxStorageBufferBindingSize && workgroups.every((n) => n <= MOST_WORKGROUPS);
  }

  /** A new tensor of undefined content. */
  output<T extends tf.Tensor>(shape: readonly number[]): T {
    return tf.engine().makeTensorFromTensorInfo(this.#backend.makeTensorInfo(shape, "float32")) as T;
  }

  /** A new tensor with these values. */
  upload<T extends tf.Tensor>(shape: readonly number[], values: Float32Array): T {
    return tf.tensor(values, [...shape], "float32") as T;
  }

  /**
   * Records one program. Later programs see what it wrote.
   *
   * @param buffers A tensor for each storage buffer; those that are written must be outputs or {@link ownVariable}s.
   * @param workgroups Size of the grid.
   */
  run<Buffers extends string, Sizes extends string>(
    shader: Shader<Buffers, Sizes>,
    buffers: Readonly<Record<Buffers, tf.Tensor>>,
    sizes: Readonly<Record<Sizes, number>>,
    workgroups: readonly [number, number?],
  ): void {
    const backend = this.#backend;
    const names = Object.keys(shader.buffers) as Buffers[];
    // First, as copying ends the pass that the program is recorded in.
    for (const name of names) backend.uploadToGPU(buffers[name].dataId);
    const compiled = this.#compile(shader);
    const bound = names.map((name) => this.#bufferOf(buffers[name]));
    const group = this.#groupOf(compiled, shader.sizes, sizes, bound);
    backend.ensureCommandEncoderReady();
    const pass = backend.computePassEncoder ??= backend.commandEncoder!.beginComputePass();
    pass.setPipeline(compiled.pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(workgroups[0], workgroups[1] ?? 1);
    for (const name of names) backend.commandQueueOwnedIds.add(buffers[name].dataId);
    backend.dispatchCountInPass++;
    if (backend.dispatchCountInPass >= tf.env().getNumber("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE")) {
      backend.endComputePassEncoder();
      backend.submitQueue();
    }
  }

  /** Makes sure that a variable shares its values with no other tensor, so that a program may write into them. */
  ownVariable(variable: tf.Variable): tf.Variable {
    const backend = this.#backend;
    if (this.#entry(variable).refCount > 1) {
      tf.tidy(() => variable.assign(this.#copy(variable)));
    }
    backend.uploadToGPU(variable.dataId);
    this.#entry(variable).values = null; // would be taken for the current ones when read
    return variable;
  }

  /** The numbers of a call and its buffers, bound as before where they are the same again. */
  #groupOf<Sizes extends string>(
    compiled: Compiled,
    types: Readonly<Record<Sizes, "u32" | "f32">>,
    sizes: Readonly<Record<Sizes, number>>,
    buffers: readonly GPUBuffer[],
  ): GPUBindGroup {
    const fields = Object.entries(types) as [Sizes, "u32" | "f32"][];
    const call = this.#callOf(compiled, fields.map(([name, type]) => [type, sizes[name]]));
    if (call === null) {
      const uniforms = this.#backend.makeUniforms(
        fields.map(([name, type]) => ({ type: type === "u32" ? "uint32" : "float32", data: [sizes[name]] })),
      );
      return this.#bind(compiled, uniforms, buffers);
    }
    const key = buffers.map((buffer) => this.#placeOf(buffer)).join();
    const known = call.groups.get(key);
    if (known !== undefined) return known;
    if (call.groups.size === MOST_GROUPS) call.groups.clear();
    const group = this.#bind(compiled, call.uniforms, buffers);
    call.groups.set(key, group);
    return group;
  }

  /** Null: the program's numbers are others every time. */
  #callOf(
    compiled: Compiled,
    numbers: readonly (readonly [type: "u32" | "f32", value: number])[],
  ): Call | null {
    if (compiled.calls === null) return null;
    const key = numbers.map(([, value]) => Object.is(value, -0) ? "-0" : value).join();
    const known = compiled.calls.get(key);
    if (known !== undefined) return known;
    if (compiled.calls.size === MOST_CALLS) {
      compiled.calls = null;
      return null;
    }
    const bytes = new DataView(new ArrayBuffer(4 * numbers.length));
    for (const [i, [type, value]] of numbers.entries()) {
      if (type === "u32") bytes.setUint32(4 * i, value, true);
      else bytes.setFloat32(4 * i, value, true);
    }
    const { device } = this.#backend;
    const size = bytes.byteLength;
    const buffer = device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, bytes.buffer, 0, size);
    const call = { uniforms: { buffer, offset: 0, size }, groups: new Map<string, GPUBindGroup>() };
    compiled.calls.set(key, call);
    return call;
  }

  #bind({ layout }: Compiled, uniforms: GPUBufferBinding, buffers: readonly GPUBuffer[]): GPUBindGroup {
    const bindings = [uniforms, ...buffers.map((buffer) => ({ buffer }))];
    return this.#backend.device.createBindGroup({
      layout,
      entries: bindings.map((resource, binding) => ({ binding, resource })),
    });
  }

  #placeOf(buffer: GPUBuffer): number {
    const known = this.#places.get(buffer);
    if (known !== undefined) return known;
    this.#places.set(buffer, this.#nextPlace);
    return this.#nextPlace++;
  }

  #copy(x: tf.Tensor): tf.Tensor {
    const copy = this.output(x.shape);
    this.run(COPY, { source: x, copied: copy }, { size: x.size }, [Math.ceil(x.size / 64)]);
    return copy;
  }

  #bufferOf(tensor: tf.Tensor): GPUBuffer {
    const { resource } = this.#entry(tensor);
    if (resource === null) throw new Error(`Tensor ${tensor.id} has no buffer on the webgpu backend`);
    return resource;
  }

  #entry(tensor: tf.Tensor): Entry {
    const entry = this.#backend.tensorMap.get(tensor.dataId);
    if (entry === undefined) throw new Error(`Tensor ${tensor.id} has no values on the webgpu backend`);
    return entry;
  }

  #compile(shader: Shader<string, string>): Compiled {
    const present = this.#compiled.get(shader.key);
    if (present !== undefined) return present;
    const { device } = this.#backend;
    const types: GPUBufferBindingType[] = [
      "uniform",
      ...Object.values(shader.buffers).map((access) =>
        access === "write" ? "storage" as const : "read-only-storage" as const
      ),
    ];
    const layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type },
      })),
    });
    const module = device.createShaderModule({ code: shaderSource(shader), label: shader.key });
    const pipeline = device.createComputePipeline({
      label: shader.key,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    const compiled: Compiled = { pipeline, layout, calls: new Map() };
    this.#compiled.set(shader.key, compiled);
    return compiled;
  }
}

const COPY: Shader<"source" | "copied", "size"> = {
  key: "copy",
  buffers: { source: "read", copied: "write" },
  sizes: { size: "u32" },
  code: () => `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < sizes.size) { copied[id.x] = source[id.x]; }
}`,
};
