/** Debian's PyTorch, which some tests and comparisons need. */
import { fromFileUrl } from "@std/path";

const PYTHON = "/usr/bin/python3";

/**
 * A program in Python, in PyTorch's fair configuration: OpenBLAS on one thread, because its threads and OpenMP's fight
 * for the same cores.
 * @param script Of this project.
 */
export function pythonCommand(
  script: URL,
  { threads, args = [], ...pipes }:
    & { readonly threads: number; readonly args?: readonly string[] }
    & Pick<
      Deno.CommandOptions,
      "stdin" | "stdout" | "stderr"
    >,
): Deno.Command {
  return new Deno.Command(PYTHON, {
    args: [fromFileUrl(script), ...args],
    // No __pycache__ beside the sources.
    env: { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" },
    ...pipes,
  });
}

/** Null if PyTorch is here, else a sentence that says what to install. */
export async function missingTorch(): Promise<string | null> {
  const advice = `install it with "apt-get install python3-torch" (Debian, Ubuntu)`;
  try {
    const command = new Deno.Command(PYTHON, {
      args: ["-c", "import torch, numpy"],
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).success
      ? null
      : `Cannot compare with PyTorch: ${PYTHON} has no torch; ${advice}.`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return `Cannot compare with PyTorch: there is no ${PYTHON}; ${advice}.`;
  }
}

/** Runs a program in Python to its end. @returns What it prints, as JSON. @throws {Error} With its standard error. */
export async function runPython(script: URL, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await pythonCommand(script, { threads: 1, args }).output();
  if (code !== 0) {
    throw new Error(`${script.pathname} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  }
  const text = new TextDecoder().decode(stdout).trim();
  return text === "" ? undefined : JSON.parse(text);
}
