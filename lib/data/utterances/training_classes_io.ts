/** Reads which classes the training split decided on. */
import { parseIndex } from "../../records/example_index.ts";
import { TRAINING } from "./schema.ts";

/** @returns Nothing where the split that is indexed needs none. @throws {UserError} `bad-file` if it is no index. */
export function trainingClasses(inputs: Readonly<Record<string, string>>): readonly string[] | undefined {
  const file = inputs[TRAINING];
  return file === undefined ? undefined : parseIndex(Deno.readTextFileSync(file), file).classes;
}
