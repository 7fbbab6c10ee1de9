/** Models of ONNX in other programs: onnxruntime-web in a process of its own, onnxruntime in Python. */

export interface OnnxCase {
  /** Path of a model. */
  readonly model: string;
  /** Files of float32, and how many clips each has. */
  readonly waves: readonly (readonly [path: string, batch: number])[];
  /** How waves go through it block by block, where it listens; those of a call are rows of `[calls, ...]` then. */
  readonly blocks?: {
    readonly samples: number;
    /** Numbers of the state, of one stream. */
    readonly state: number;
    /** Before which call which stream of a batch begins anew. */
    readonly begins?: readonly (readonly [call: number, row: number])[];
  };
}

export interface OnnxResult {
  readonly metadata: Readonly<Record<string, string>>;
  /** For each file of waves, by name. */
  readonly outputs: readonly Readonly<
    Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>
  >[];
}

const ROOT = new URL("../../", import.meta.url).pathname;
/** A Python with onnx and onnxruntime. */
const PYTHON = Deno.env.get("ONNX_PYTHON") ?? "/usr/bin/python3";

/** @throws {Error} With what it printed, if it fails. */
export async function inOnnxRuntimeWeb(cases: readonly OnnxCase[]): Promise<readonly OnnxResult[]> {
  const lock = `--lock=${ROOT}lib/onnx/onnxruntime-web.lock`;
  return await conversed(
    Deno.execPath(),
    ["run", "--quiet", "--no-check", "--frozen", lock, "--allow-all", `${ROOT}test/onnx/run_io.ts`],
    cases,
  );
}

/** The same, checked by ONNX's own checker too. @throws {Error} With what it printed, if it fails. */
export async function inPython(cases: readonly OnnxCase[]): Promise<readonly OnnxResult[]> {
  return await conversed(PYTHON, [`${ROOT}test/onnx/run.py`], cases);
}

/** What is missing to run models in Python; null: nothing. */
export async function missingOnnx(): Promise<string | null> {
  const args = ["-c", "import numpy, onnx, onnxruntime"];
  try {
    const { success } = await new Deno.Command(PYTHON, { args, stdout: "null", stderr: "null" }).output();
    if (success) return null;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return `${PYTHON} has no onnx and onnxruntime; ONNX_PYTHON names another Python`;
}

async function conversed(
  program: string,
  args: readonly string[],
  cases: readonly OnnxCase[],
): Promise<readonly OnnxResult[]> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(cases)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
