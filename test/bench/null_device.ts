/**
 * A graphics device that computes nothing and counts what it is asked for: what a training step asks of WebGPU, and the
 * time that JavaScript takes to ask, without a graphics card. It promises what WebGPU promises of every device; all that is
 * read from it is zero.
 */

/** What was asked of a device. */
export interface DeviceCount {
  /** Programs started. */
  readonly programs: number;
  /** Times that commands were submitted. */
  readonly submissions: number;
  readonly bindGroups: number;
  /** Buffers made, and their bytes. */
  readonly buffers: number;
  readonly bytes: number;
  /** Times that values were written into a buffer from the outside, and their bytes: those of uniforms. */
  readonly writes: number;
  readonly writtenBytes: number;
  /** Passes: what is uploaded or read ends one. */
  readonly passes: number;
}

const NOTHING: DeviceCount = {
  programs: 0,
  submissions: 0,
  bindGroups: 0,
  buffers: 0,
  bytes: 0,
  writes: 0,
  writtenBytes: 0,
  passes: 0,
};

/** Default limits. https://www.w3.org/TR/webgpu/#limits */
const LIMITS = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65_535,
} as const;

/** Stands in the place of the adapter that TensorFlow.js' webgpu backend asks for. */
export class NullAdapter {
  #count: { -readonly [Name in keyof DeviceCount]: number } = { ...NOTHING };
  #heldBytes = 0;

  /** Since it was made. */
  get count(): DeviceCount {
    return { ...this.#count };
  }

  /** Bytes of buffers that are there now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** From now on whoever asks for an adapter is given this one. */
  install(): void {
    const device = this.#device();
    const adapter = {
      features: new Set(),
      limits: LIMITS,
      info: { vendor: "none", architecture: "none", device: "null", description: "computes nothing" },
      requestDevice: () => Promise.resolve(device),
    };
    GPU.prototype.requestAdapter = () => Promise.resolve(adapter as unknown as GPUAdapter);
  }

  #device(): object {
    const count = this.#count;
    const pipeline = { getBindGroupLayout: () => ({}) };
    const pass = {
      setPipeline() {},
      setBindGroup() {},
      dispatchWorkgroups: () => void count.programs++,
      end() {},
    };
    const encoder = {
      beginComputePass: () => {
        count.passes++;
        return pass;
      },
      copyBufferToBuffer() {},
      finish: () => ({}),
    };
    return {
      features: new Set(),
      limits: LIMITS,
      lost: new Promise(() => {}),
      queue: {
        submit: () => void count.submissions++,
        writeBuffer: (_buffer: unknown, _at: number, _data: unknown, _from: number, size: number) => {
          count.writes++;
          count.writtenBytes += size;
        },
      },
      createBuffer: (made: GPUBufferDescriptor) => this.#buffer(made),
      createBindGroup: () => {
        count.bindGroups++;
        return {};
      },
      createBindGroupLayout: () => ({}),
      createPipelineLayout: () => ({}),
      createShaderModule: () => ({}),
      createComputePipeline: () => pipeline,
      createComputePipelineAsync: () => Promise.resolve(pipeline),
      createCommandEncoder: () => encoder,
    };
  }

  /** The backend asks of a resource whether it is a `GPUBuffer`. */
  #buffer({ size, usage, mappedAtCreation = false }: GPUBufferDescriptor): GPUBuffer {
    this.#count.buffers++;
    this.#count.bytes += size;
    this.#heldBytes += size;
    let isMapped = mappedAtCreation;
    return Object.create(GPUBuffer.prototype, {
      size: { value: size },
      usage: { value: usage },
      mapState: { get: () => isMapped ? "mapped" : "unmapped" },
      mapAsync: {
        value: () => {
          isMapped = true;
          return Promise.resolve();
        },
      },
      getMappedRange: { value: () => new ArrayBuffer(size) },
      unmap: { value: () => void (isMapped = false) },
      destroy: { value: () => void (this.#heldBytes -= size) },
    });
  }
}

/** What was asked for between two counts. */
export function countSince(now: DeviceCount, before: DeviceCount): DeviceCount {
  return Object.fromEntries(
    (Object.keys(NOTHING) as (keyof DeviceCount)[]).map((name) => [name, now[name] - before[name]]),
  ) as unknown as DeviceCount;
}
