/** What of this machine and its programs may decide the last bits of a result; imports no numeric library. */
import { adapterText, requestAdapter } from "./adapter.ts";
import { multiplyAdd } from "./multiply_add.ts";

const FACTS: Readonly<Record<string, () => string | Promise<string>>> = {
  adapter: async () => {
    const adapter = await requestAdapter();
    return adapter === null ? "none" : adapterText(adapter);
  },
  deno: () => Deno.version.deno,
  multiply_add: multiplyAdd,
  v8: () => Deno.version.v8,
};

/** Facts of this process, of those that are asked for; those that it does not know are left out. */
export async function factsHere(names: Iterable<string>): Promise<Readonly<Record<string, string>>> {
  const known = [...new Set(names)].filter((name) => Object.hasOwn(FACTS, name));
  return Object.fromEntries(
    await Promise.all(known.map(async (name) => [name, await FACTS[name]!()] as const)),
  );
}
