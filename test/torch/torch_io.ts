/** A Python with PyTorch, which some tests and comparisons need. */
import { fromFileUrl } from "@std/path";
import { UserError } from "../../lib/base/errors.ts";

export interface Torch {
  /** The program. */
  readonly python: string;
  /** `2.13.0+cpu`. */
  readonly version: string;
}

/** The one on the PATH, which an environment of one's own puts there, then Debian's. */
const PYTHONS = ["python3", "/usr/bin/python3"] as const;
const ADVICE =
  `install it with "pip install torch==2.13.0 numpy" in a virtual environment or "apt-get install python3-torch" ` +
  `(Debian, Ubuntu)`;

/**
 * @param wanted The only program to ask; absent: the first that has PyTorch.
 * @returns A sentence that says what to install, where there is none.
 */
export async function findTorch(wanted?: string): Promise<Torch | string> {
  const asked = wanted === undefined ? PYTHONS : [wanted];
  for (const python of asked) {
    const version = await versionIn(python);
    if (version !== null) return { python, version };
  }
  return `Cannot compare with PyTorch: none of ${
    asked.join(", ")
  } is a Python that has torch and numpy; ${ADVICE}.`;
}

/** Null if PyTorch is here, else a sentence that says what to install. */
export async function missingTorch(): Promise<string | null> {
  const found = await findTorch();
  return typeof found === "string" ? found : null;
}

/** @throws {UserError} If there is no PyTorch. */
export async function openTorch(wanted?: string): Promise<Torch> {
  const found = await findTorch(wanted);
  if (typeof found === "string") throw new UserError("backend-unavailable", found);
  return found;
}

async function versionIn(python: string): Promise<string | null> {
  try {
    const command = new Deno.Command(python, {
      args: ["-c", "import torch, numpy; print(torch.__version__)"],
      stderr: "null",
    });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}

/**
 * A program in Python, in PyTorch's fair configuration: OpenBLAS on one thread, because its threads and OpenMP's fight
 * for the same cores.
 * @param script Of this project.
 */
export function pythonCommand(
  { python }: Pick<Torch, "python">,
  script: URL,
  { threads, args = [], ...pipes }:
    & { readonly threads: number; readonly args?: readonly string[] }
    & Pick<
      Deno.CommandOptions,
      "stdin" | "stdout" | "stderr"
    >,
): Deno.Command {
  return new Deno.Command(python, {
    args: [fromFileUrl(script), ...args],
    // No __pycache__ beside the sources.
    env: { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" },
    ...pipes,
  });
}

/** Runs a program in Python to its end. @returns What it prints, as JSON. @throws {Error} With its standard error. */
export async function runPython(script: URL, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await pythonCommand(await openTorch(), script, { threads: 1, args })
    .output();
  if (code !== 0) {
    throw new Error(`${script.pathname} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  }
  const text = new TextDecoder().decode(stdout).trim();
  return text === "" ? undefined : JSON.parse(text);
}
