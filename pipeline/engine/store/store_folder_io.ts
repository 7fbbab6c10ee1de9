/**
 * What makes a folder a store: a file with the store's format, written when it is made. Nothing is written to or removed
 * from a folder without it.
 */
import { UserError } from "../../../lib/base/errors.ts";
import { ENGINE_FORMAT } from "../types.ts";
import { namesIn, writeAtomically } from "./atomic_io.ts";
import { FORMAT_FILE, STORE_FOLDERS } from "./layout.ts";

/**
 * Whether a store of this program's format is in `root`; none is in an empty folder or where nothing is.
 *
 * @throws {UserError} If it is of another format or cannot be read, or something else is there.
 */
export function isStore(root: string): boolean {
  const found = readFormat(root) ?? refuseOthers(root);
  if (found === undefined) return false;
  if (found === ENGINE_FORMAT) return true;
  const [age, advice] = found > ENGINE_FORMAT
    ? ["newer", "use the program that wrote it"]
    : ["older", "move it away or remove it, and its results are computed again"];
  throw new UserError(
    "usage",
    `Cannot use the store in ${root}: it has format ${found}, which is ${age} than this program's ${ENGINE_FORMAT}: ` +
      `${advice}, or name another folder with --store.`,
  );
}

/** Makes a store in a folder that {@link isStore} did not refuse, or what is missing of one. */
export function makeStore(root: string): void {
  const there = namesIn(root);
  if (!there.includes(FORMAT_FILE)) {
    Deno.mkdirSync(root, { recursive: true });
    // First, so that a folder cut off here is a store all the same.
    writeAtomically(`${root}/${FORMAT_FILE}`, `${JSON.stringify({ format: ENGINE_FORMAT })}\n`, {
      sync: true,
    });
  }
  for (const folder of STORE_FOLDERS) {
    if (!there.includes(folder)) Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
  }
}

/**
 * An empty folder, or one in which a store is being made, may become one.
 *
 * @returns The format, if somebody has made it a store since it was looked for.
 */
function refuseOthers(root: string): number | undefined {
  let names: readonly string[];
  try {
    names = namesIn(root);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotADirectory)) throw error;
    throw new UserError(
      "usage",
      `Cannot use ${root} as a store: it is no folder. Name another with --store.`,
      {
        cause: error,
      },
    );
  }
  const others = names.filter((name) => !/^format\.json\.[\w-]+\.tmp$/.test(name)).sort();
  if (others.length === 0) return undefined;
  const made = others.includes(FORMAT_FILE) ? readFormat(root) : undefined;
  if (made !== undefined) return made;
  const some = others.slice(0, 3).join(", ");
  throw new UserError(
    "usage",
    `Cannot use ${root} as a store: it holds ${some}${
      others.length > 3 ? ", ..." : ""
    } and no ${FORMAT_FILE}, which ` +
      `each store has. Name a store, or a new or empty folder, with --store.`,
  );
}

function readFormat(root: string): number | undefined {
  const path = `${root}/${FORMAT_FILE}`;
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
  try {
    const { format } = JSON.parse(text);
    if (typeof format === "number") return format;
  } catch {
    // Falls through to the same sentence.
  }
  throw new UserError(
    "store-damaged",
    `Cannot read the store's format from ${path}: found ${
      JSON.stringify(text.slice(0, 40))
    }, wanted {"format": ` +
      `${ENGINE_FORMAT}}. If its receipts are sound, write that there.`,
  );
}
