/** Models of ONNX at work: onnxruntime's WebAssembly, which is loaded when the first model is opened. */
import { UserError } from "../base/errors.ts";
import { type ModelFacts, readModelFacts } from "./model_file.ts";

export interface OnnxSession {
  readonly facts: ModelFacts;
  /**
   * @param waves `[batch, samples]` row by row; not kept, not changed.
   * @returns The outputs that the file names, by name, each row by row.
   * @throws {UserError} `bad-file` if the runtime refuses to compute.
   */
  run(waves: Float32Array, batch: number): Promise<ReadonlyMap<string, OnnxOutput>>;
  /** The same of a model with several inputs, by their names. */
  runWith(inputs: Readonly<Record<string, OnnxOutput>>): Promise<ReadonlyMap<string, OnnxOutput>>;
  close(): Promise<void>;
}

export interface OnnxOutput {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What is used of onnxruntime-web. */
interface Runtime {
  readonly env: {
    readonly wasm: { numThreads: number };
    logLevel: string;
    readonly versions: { readonly web: string };
  };
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: { readonly executionProviders: readonly string[] }): Promise<Session>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => object;
}

interface Session {
  readonly inputNames: readonly string[];
  run(
    feeds: Readonly<Record<string, object>>,
  ): Promise<Readonly<Record<string, { readonly dims: readonly number[]; readonly data: unknown }>>>;
  release(): Promise<void>;
}

/**
 * Resolved when it is asked for, and locked in a file of its own: most runs need none of its 33 MB, and what is in
 * `deno.lock` is brought in before any.
 */
async function runtime(): Promise<Runtime> {
  return await import(import.meta.resolve("npm:onnxruntime-web@1.30.0/wasm"));
}

/** @param name Names the file in errors. @throws {UserError} `bad-file` if it is no model, or the runtime refuses it. */
export async function openOnnx(bytes: Uint8Array, name: string): Promise<OnnxSession> {
  const facts = readModelFacts(bytes, name);
  const ort = await runtime();
  // One thread: models are small, and more would need workers, which a stage may not start.
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const failed = (what: string, cause: unknown) =>
    new UserError(
      "bad-file",
      `Cannot ${what} ${name} (${bytes.length} bytes, IR ${facts.irVersion}, opset ${facts.opset}) with onnxruntime-web ` +
        `${ort.env.versions.web}: ${messageOf(cause)}. Export it again, or run it with another runtime.`,
      { cause },
    );
  let session: Session;
  try {
    session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  } catch (error) {
    throw failed("load", error);
  }
  const [input] = session.inputNames as [string];
  const runWith: OnnxSession["runWith"] = async (inputs) => {
    const tensors = Object.entries(inputs).map(([name, { shape, values }]) =>
      [name, new ort.Tensor("float32", values.slice(), shape)] as const
    );
    let made: Awaited<ReturnType<Session["run"]>>;
    try {
      made = await session.run(Object.fromEntries(tensors));
    } catch (error) {
      throw failed("compute with", error);
    }
    return new Map(
      Object.entries(made).map(([name, { dims, data }]) =>
        [name, { shape: dims, values: data as Float32Array }] as const
      ),
    );
  };
  return {
    facts,
    runWith,
    run: (waves, batch) => runWith({ [input]: { shape: [batch, waves.length / batch], values: waves } }),
    close: () => session.release(),
  };
}

/** Some of the runtime's errors are numbers. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : `it says ${String(error)}`;
  return text.split("\n")[0]!.replace(/\.$/, "");
}
