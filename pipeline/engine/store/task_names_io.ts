/** Names of all tasks that a store has ever finished, without reading their receipts. */

/** Sorted; none if there is no store in `root`. */
export function taskNames(root: string): string[] {
  try {
    return [...Deno.readDirSync(`${root}/last`)].flatMap(({ name }) => nameOf(`${root}/last/${name}`)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function nameOf(path: string): string[] {
  try {
    const { task } = JSON.parse(Deno.readTextFileSync(path)) as { task: unknown };
    return typeof task === "string" ? [task] : [];
  } catch {
    return []; // as everywhere, a record that cannot be read counts as absent
  }
}
