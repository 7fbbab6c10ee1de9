/** What a folder's `compiled.ts` says of its functions in the compiled modules. */

/** Functions that are compiled from one folder's sources. */
export interface CompiledUnit {
  readonly name: string;
  /** SHA-256 of what they compile to alone. */
  readonly digest: string;
}

export interface CompiledFunction {
  /** In the modules. */
  readonly name: string;
  readonly unit: CompiledUnit;
}

/** The unit's functions by their names, as `WasmKernels.run` takes them. */
export function compiledUnit<Name extends string>(
  { functions, ...unit }: CompiledUnit & { readonly functions: readonly Name[] },
): Readonly<Record<Name, CompiledFunction>> {
  const made: Partial<Record<Name, CompiledFunction>> = {};
  for (const name of functions) made[name] = { name, unit };
  return made as Record<Name, CompiledFunction>;
}

/**
 * @param found Digests of the units in a module, by name.
 * @throws {Error} If the module has another state of the unit than is asked for.
 */
export function checkUnit(found: ReadonlyMap<string, string>, { name, digest }: CompiledUnit): void {
  if (found.get(name) === digest) return;
  throw new Error(
    `The compiled kernels have ${name} as ${
      found.get(name)
    }, wanted ${digest}: they were made from other sources`,
  );
}
