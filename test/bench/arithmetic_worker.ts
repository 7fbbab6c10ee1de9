/** One thread of an arithmetic measurement: a module and a memory of its own, one exported function again and again. */
import { parentPort } from "node:worker_threads";

export interface ArithmeticStart {
  readonly module: WebAssembly.Module;
  /** Size of its memory in pages of 64 KiB. */
  readonly pages: number;
}

export interface ArithmeticCall {
  readonly name: string;
  readonly args: readonly number[];
  readonly times: number;
}

let instance: WebAssembly.Instance | undefined;

parentPort!.on("message", (data: ArithmeticStart | ArithmeticCall) => {
  if ("module" in data) {
    const memory = new WebAssembly.Memory({ initial: data.pages });
    new Float32Array(memory.buffer).fill(1e-3); // ordinary numbers, however often they are added
    instance = new WebAssembly.Instance(data.module, { env: { memory } });
  } else {
    const work = instance!.exports[data.name] as (...args: number[]) => void;
    for (let i = 0; i < data.times; i++) work(...data.args);
  }
  parentPort!.postMessage("done");
});
